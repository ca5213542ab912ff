import { ArgumentError, checkOptions, meant } from '../errors.js';
import { checkProfile } from './checkProfile.js';
import type { Profile, ProfileName, Settings } from './profile.js';
import { profiles } from './profileList.js';
import { shrunkOf } from './shrunk.js';

export type { NetworkOptions, Profile, ProfileName, Row, TrainingSettings } from './profile.js';

/** Options of a profile that are groups of options; of these a change may name some. */
type Groups = Pick<
  Settings,
  'training' | 'attack' | 'strongAttack' | 'smoothGrad' | 'explainer' | 'minimalAttack' | 'sampling'
>;

/** What a profile may be changed in: `{training: {epochs: 5}}` leaves the rest of the training as it is. */
export type ProfileChanges = Partial<Omit<Settings, 'name' | 'dataset' | 'seeds' | keyof Groups>> & {
  readonly [Group in keyof Groups]?: Partial<Groups[Group]> | undefined;
} & {
  /** Images of your own are given to `section`. */
  readonly dataset?: 'cifar10' | 'shapes' | undefined;
  /** Which seeds, or how many: n for 0…n−1. */
  readonly seeds?: number | readonly number[] | undefined;
};

// The literal has these keys and no others.
export const profileNames = Object.keys(profiles) as readonly ProfileName[];

const groups: readonly string[] = [
  'training',
  'attack',
  'strongAttack',
  'smoothGrad',
  'explainer',
  'minimalAttack',
  'sampling',
] satisfies (keyof Groups)[];

/**
 * A profile by name, with changes: `profile('quick', {seeds: 3, levels: [0, 0.8], training: {epochs: 5}})`.
 *
 * @param changes - Profile options; `seeds` may be a count, n for 0…n−1. What is undefined is not changed.
 * @throws {ArgumentError} If there is no profile or option of that name, or a value is out of range.
 */
export function profile(name: ProfileName, changes: ProfileChanges = {}): Profile {
  const base = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (!base) {
    throw new ArgumentError(
      `profile: the name must be one of ${profileNames.join(', ')}, got '${name}'${meant(String(name), profileNames)}`,
    );
  }
  checkOptions('profile', changes);
  const { seeds, ...others } = changes;
  const given = Object.entries({ ...others, seeds: seedList(seeds) }).filter(
    ([, value]) => value !== undefined,
  );
  const known = Object.keys(base).filter((option) => option !== 'name');
  for (const [option] of given) checkName(option, known, '');
  const merged = given.map(([option, value]) => [option, whole(base, option, value)] as const);
  const made: Settings = { ...base, ...Object.fromEntries(merged) };
  checkProfile(made);
  return { ...made, shrunk: shrunkOf(made) };
}

/**
 * What a profile was changed in, beside its data set and its seeds, each option whole: what makes it again from its name.
 */
export function changesOf(changed: Profile): ProfileChanges {
  const base = profiles[changed.name];
  const kept = ['name', 'shrunk', 'dataset', 'seeds'];
  const own = Object.entries(changed).filter(
    ([option, value]) =>
      !kept.includes(option) && JSON.stringify(value) !== JSON.stringify(base[option as keyof Settings]),
  );
  // Each is an option with a value of its kind.
  return Object.fromEntries(own) as ProfileChanges;
}

/** A changed option with what the change leaves as it was. */
function whole(base: Settings, option: string, value: unknown): unknown {
  if (!groups.includes(option) || typeof value !== 'object' || value === null) return value;
  const before = base[option as keyof Groups];
  for (const name of Object.keys(value)) checkName(name, Object.keys(before), ` in ${option}`);
  return { ...before, ...value };
}

function checkName(name: string, names: readonly string[], where: string): void {
  if (names.includes(name)) return;
  throw new ArgumentError(
    `profile: there is no option '${name}'${where}${meant(name, names)}; there are ${names.join(', ')}`,
  );
}

/** A count n stands for 0…n−1; anything else is for `checkProfile` to judge. */
function seedList(seeds: ProfileChanges['seeds']): Profile['seeds'] | undefined {
  if (typeof seeds !== 'number') return seeds;
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > 1000)
    throw new ArgumentError(`profile: seeds must be a count from 1 to 1000 or a list, got ${seeds}`);
  return Array.from({ length: seeds }, (_, seed) => seed);
}
