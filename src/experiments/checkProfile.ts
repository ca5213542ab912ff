import { ArgumentError } from '../errors.js';
import type { NetworkOptions, Row, Settings } from './profile.js';

/**
 * Checks every number of a profile, so that a mistake is known before hours of training.
 *
 * @throws {ArgumentError} If one is out of range, or of another kind: cells are not type-checked against it.
 */
export function checkProfile(profile: Settings): void {
  const { dataset, train, test, levels, seeds, evaluationSteps, temperature, lambda } = profile;
  require(dataset === 'cifar10' ||
    dataset ===
      'shapes', "dataset must be 'cifar10' or 'shapes' (images of your own: section(…, { data }))", dataset);
  for (const [name, count] of Object.entries({ train, test }))
    require(count === undefined || isCount(count), `${name} must be a positive number of images`, count);
  const inRange = (level: number) => level >= 0 && level < 1;
  require(isListOf(levels, inRange) &&
    levels.some((level) => level > 0), 'levels must be a list of shares in [0, 1), one above 0', levels);
  require(isListOf(seeds, Number.isSafeInteger), 'seeds must be a list of different integers', seeds);
  require(isCount(evaluationSteps), 'evaluationSteps must be a positive integer', evaluationSteps);
  require(isFinite(temperature) && temperature > 0, 'temperature must be a number > 0', temperature);
  require(isRadius(lambda), 'lambda must be a number ≥ 0', lambda);
  for (const name of ['precision', 'attributionPrecision', 'evaluationPrecision'] as const)
    require(['float32', 'tf32', 'bfloat16'].includes(
      profile[name],
    ), `${name} must be 'float32', 'tf32' or 'bfloat16'`, profile[name]);
  checkTraining(profile);
  checkSampling(profile);
  checkAttacks(profile);
}

function checkTraining({ network, training, smoothGrad, explainer }: Settings): void {
  const networks = "{kind: 'resnet18', width} or {kind: 'resnet', stem, widths}";
  require(isNetwork(network), `network must be ${networks}`, network);
  const { epochs, batchSize, learningRate, weightDecay, schedule, augment } = training ?? {};
  const rules: [boolean, string, unknown][] = [
    [isCount(epochs), 'epochs must be a positive integer', epochs],
    [isCount(batchSize), 'batchSize must be a positive integer', batchSize],
    [isFinite(learningRate) && learningRate > 0, 'learningRate must be a number > 0', learningRate],
    [isRadius(weightDecay), 'weightDecay must be a number ≥ 0', weightDecay],
    [
      ['step', 'oneCycle', 'constant'].includes(schedule),
      "schedule must be 'step', 'oneCycle' or 'constant'",
      schedule,
    ],
    [typeof augment === 'boolean', 'augment must be true or false', augment],
  ];
  for (const [holds, rule, got] of rules) require(holds, `training.${rule}`, got);
  require(isCount(smoothGrad?.samples) &&
    isRadius(smoothGrad.sigma), 'smoothGrad must be {samples: a positive integer, sigma ≥ 0}', smoothGrad);
  require(isRadius(explainer?.lambda) &&
    isCounts(explainer.filters), 'explainer must be {lambda ≥ 0, filters: positive integers}', explainer);
}

function checkSampling({ sampling }: Settings): void {
  const { integratedGradients, gradientShap, occlusionStride } = sampling ?? {};
  require(isCounts([
    integratedGradients,
    gradientShap,
    occlusionStride,
  ]), 'sampling must be {integratedGradients, gradientShap, occlusionStride}, all positive integers', sampling);
}

/** What comes from untyped code may be anything. */
function isNetwork(network: NetworkOptions | undefined): boolean {
  if (network?.kind === 'resnet18') return isCount(network.width);
  return network?.kind === 'resnet' && isCount(network.stem) && isCounts(network.widths);
}

function checkAttacks({ attack, strongAttack, minimalAttack, rows, epsilons }: Settings): void {
  // At ε = 0 there is no attack to measure robust accuracy with.
  require(isRadius(attack?.epsilon) &&
    attack.epsilon > 0 &&
    isCount(attack.steps), 'attack must be {epsilon > 0, steps: a positive integer}', attack);
  for (const [name, group] of Object.entries({ strongAttack, minimalAttack }))
    require(isCount(group?.images) &&
      isCount(group.steps), `${name} must be {images, steps}, both positive integers`, group);
  const isRow = ({ norm, epsilon, steps, published }: Row) =>
    (norm === 'l2' || norm === 'linf') &&
    isRadius(epsilon) &&
    epsilon > 0 &&
    isCount(steps) &&
    isCount(published);
  require(Array.isArray(rows) &&
    rows.length > 0 &&
    rows.every(isRow), "rows must be a list of {norm: 'l2' or 'linf', epsilon > 0, steps, published}", rows);
  require(isListOf(epsilons, isRadius), 'epsilons must be a list of different numbers ≥ 0', epsilons);
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

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function isRadius(value: unknown): boolean {
  return isFinite(value) && value >= 0;
}

function isCounts(values: unknown): boolean {
  return Array.isArray(values) && values.length > 0 && values.every(isCount);
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
