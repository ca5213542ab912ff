import { ArgumentError, checkOptions } from '../errors.js';
import { checkProfile } from './checkProfile.js';

/** From a smoke test to the published grid; see the README for what each costs. */
export type ProfileName = 'smoke' | 'quick' | 'paper';

/** The network that is explained, and retrained. */
export type NetworkOptions =
  | { readonly kind: 'resnet18'; readonly width: number }
  | { readonly kind: 'resnet'; readonly stem: number; readonly widths: readonly number[] };

/** SGD with momentum 0.9 and weight decay; see `trainStandard`. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly batchSize: number;
  /** The highest one, for the one-cycle schedule. */
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: 'step' | 'oneCycle' | 'constant';
  /** Pad 4, random crop, horizontal flip. */
  readonly augment: boolean;
}

/** Everything that can be changed about a run of the paper's sections; each value is part of the results' keys. */
export interface Profile {
  readonly name: ProfileName;
  /** What was shrunk against the paper, for captions. */
  readonly shrunk: string;
  readonly dataset: 'cifar10' | 'shapes';
  /** Images to use of the data set, from the first on; undefined: all. */
  readonly train: number | undefined;
  readonly test: number | undefined;
  readonly network: NetworkOptions;
  readonly training: TrainingSettings;
  /** PGD of adversarial training, ℓ2 radius in pixel units. */
  readonly attack: { readonly epsilon: number; readonly steps: number };
  /** Steps of the attack that measures robust accuracy, at the training radius. */
  readonly evaluationSteps: number;
  /** Defensive distillation's T. */
  readonly temperature: number;
  /** Weight of the Jacobian term, in pixel space. */
  readonly lambda: number;
  /** Fractions of pixels that ROAR removes. */
  readonly levels: readonly number[];
  /** Seed s trains the explained model s and the retrained model s. */
  readonly seeds: readonly number[];
}

/** What a profile may be changed in. */
export type ProfileChanges = Partial<Omit<Profile, 'name' | 'seeds'>> & {
  readonly seeds?: number | readonly number[] | undefined;
};

const profiles: Readonly<Record<ProfileName, Profile>> = {
  smoke: {
    name: 'smoke',
    shrunk: 'generated shapes, a tiny ResNet, 3 epochs, 3 attack steps, 2 removal levels',
    dataset: 'shapes',
    train: 1500,
    test: 500,
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
    evaluationSteps: 10,
    temperature: 100,
    lambda: 0.5,
    levels: [0, 0.6, 0.8],
    seeds: [0],
  },
  quick: {
    name: 'quick',
    shrunk: 'a small ResNet, 10 epochs, 3 attack steps, 2 removal levels',
    dataset: 'cifar10',
    train: 5000,
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
