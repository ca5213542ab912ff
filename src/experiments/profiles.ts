import { ArgumentError, checkOptions } from '../errors.js';
import { checkProfile } from './checkProfile.js';
import type { Profile, ProfileName } from './profile.js';

export type { NetworkOptions, Profile, ProfileName, TrainingSettings } from './profile.js';

/** What a profile may be changed in. */
export type ProfileChanges = Partial<Omit<Profile, 'name' | 'seeds'>> & {
  readonly seeds?: number | readonly number[] | undefined;
};

const profiles: Readonly<Record<ProfileName, Profile>> = {
  smoke: {
    name: 'smoke',
    shrunk: 'generated shapes, a tiny ResNet, 3 epochs, 3 attack steps, 1 removal level',
    dataset: 'shapes',
    train: 1000,
    test: 400,
    network: { kind: 'resnet', stem: 8, widths: [8, 16, 32] },
    training: {
      epochs: 6,
      batchSize: 50,
      learningRate: 0.2,
      weightDecay: 5e-4,
      schedule: 'oneCycle',
      augment: false,
    },
    attack: { epsilon: 1.5, steps: 3 },
    evaluationSteps: 5,
    temperature: 100,
    lambda: 0.5,
    levels: [0, 0.8],
    seeds: [0],
  },
  quick: {
    name: 'quick',
    shrunk: 'a small ResNet, 10 epochs, 3 attack steps, 2 removal levels',
    dataset: 'cifar10',
    train: 4000,
    test: 2000,
    network: { kind: 'resnet', stem: 8, widths: [16, 16, 32] },
    training: {
      epochs: 10,
      batchSize: 100,
      learningRate: 0.2,
      weightDecay: 5e-4,
      schedule: 'oneCycle',
      augment: true,
    },
    attack: { epsilon: 1.5, steps: 3 },
    evaluationSteps: 20,
    temperature: 100,
    lambda: 0.5,
    levels: [0, 0.6, 0.8],
    seeds: [0],
  },
  paper: {
    name: 'paper',
    shrunk: 'nothing',
    dataset: 'cifar10',
    train: undefined,
    test: undefined,
    network: { kind: 'resnet18', width: 64 },
    training: {
      epochs: 100,
      batchSize: 256,
      learningRate: 0.1,
      weightDecay: 5e-4,
      schedule: 'step',
      augment: true,
    },
    attack: { epsilon: 1.5, steps: 20 },
    evaluationSteps: 20,
    temperature: 100,
    lambda: 0.5,
    levels: [0, 0.2, 0.4, 0.6, 0.8],
    seeds: [0, 1, 2, 3, 4],
  },
};

export const profileNames: readonly ProfileName[] = ['smoke', 'quick', 'paper'];

/**
 * A profile by name, with changes: `profile('quick', {seeds: 3, levels: [0, 0.8]})`.
 *
 * @param changes - Profile options; `seeds` may be a count, n for 0…n−1. What is undefined is not changed.
 * @throws {ArgumentError} If there is no profile or option of that name, or a level or seed is out of range.
 */
export function profile(name: ProfileName, changes: ProfileChanges = {}): Profile {
  const base = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (!base) {
    throw new ArgumentError(
      `profile: the name must be one of ${Object.keys(profiles).join(', ')}, got '${name}'`,
    );
  }
  checkOptions('profile', changes);
  const { seeds, ...others } = changes;
  const given = Object.entries({ ...others, seeds: seedList(seeds) }).filter(
    ([, value]) => value !== undefined,
  );
  for (const [option] of given) {
    if (!Object.hasOwn(base, option) || option === 'name') {
      throw new ArgumentError(
        `profile: there is no option '${option}'; there are ${Object.keys(base).slice(1).join(', ')}`,
      );
    }
  }
  const changed = given
    .filter(([option, value]) => JSON.stringify(value) !== JSON.stringify(base[option as keyof Profile]))
    .map(([option, value]) => `${option}: ${JSON.stringify(value)}`);
  const shrunk = [...(base.shrunk === 'nothing' && changed.length > 0 ? [] : [base.shrunk]), ...changed];
  const made = { ...base, shrunk: shrunk.join('; '), ...Object.fromEntries(given) };
  checkProfile(made);
  return made;
}

/** A count n stands for 0…n−1; anything else is for `checkProfile` to judge. */
function seedList(seeds: ProfileChanges['seeds']): Profile['seeds'] | undefined {
  if (typeof seeds !== 'number') return seeds;
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > 1000)
    throw new ArgumentError(`profile: seeds must be a count from 1 to 1000 or a list, got ${seeds}`);
  return Array.from({ length: seeds }, (_, seed) => seed);
}
