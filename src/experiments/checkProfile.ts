import { ArgumentError } from '../errors.js';
import type { Profile } from './profiles.js';

/**
 * Checks every number of a profile, so that a mistake is known before hours of training.
 *
 * @throws {ArgumentError} If one is out of range, or of another kind: cells are not type-checked against it.
 */
export function checkProfile(profile: Profile): void {
  const { dataset, train, test, levels, seeds, evaluationSteps, temperature, lambda } = profile;
  require(dataset === 'cifar10' || dataset === 'shapes', "dataset must be 'cifar10' or 'shapes'", dataset);
  for (const [name, count] of Object.entries({ train, test }))
    require(count === undefined || isCount(count), `${name} must be a positive number of images`, count);
  const inRange = (level: number) => level >= 0 && level < 1;
  require(isListOf(levels, inRange) &&
    levels.some((level) => level > 0), 'levels must be a list of shares in [0, 1), one above 0', levels);
  require(isListOf(seeds, Number.isSafeInteger), 'seeds must be a list of different integers', seeds);
  require(isCount(evaluationSteps), 'evaluationSteps must be a positive integer', evaluationSteps);
  require(temperature > 0 && temperature < Infinity, 'temperature must be a number > 0', temperature);
  require(lambda >= 0 && lambda < Infinity, 'lambda must be a number ≥ 0', lambda);
  checkParts(profile);
}

function checkParts({ network, training, attack }: Profile): void {
  const { kind } = network ?? {};
  require(kind === 'resnet18' ||
    kind === 'resnet', "network must be {kind: 'resnet18', …} or {kind: 'resnet', …}", network);
  require(attack?.epsilon >= 0 &&
    attack.epsilon < Infinity &&
    isCount(attack.steps), 'attack must be {epsilon ≥ 0, steps: a positive integer}', attack);
  const { epochs, batchSize, learningRate, weightDecay, schedule, augment } = training ?? {};
  const whole =
    isCount(epochs) &&
    isCount(batchSize) &&
    learningRate > 0 &&
    weightDecay >= 0 &&
    ['step', 'oneCycle', 'constant'].includes(schedule) &&
    typeof augment === 'boolean';
  require(whole, 'training must be {epochs, batchSize, learningRate, weightDecay, schedule, augment}, whole; ' +
    'change one of them with {...profile(name).training, epochs: 5}', training);
}

function require(holds: boolean, rule: string, got: unknown): void {
  if (holds) return;
  // JSON has no NaN.
  const shown = typeof got === 'number' ? String(got) : (JSON.stringify(got) ?? 'undefined');
  throw new ArgumentError(`profile: ${rule}, got ${shown}`);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/** A list of at least one value, all of them different. */
function isListOf(values: unknown, holds: (value: number) => boolean): boolean {
  return (
    Array.isArray(values) &&
    values.length > 0 &&
    values.every(holds) &&
    new Set(values).size === values.length
  );
}
