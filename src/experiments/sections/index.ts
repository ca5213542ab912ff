import { ArgumentError } from '../../errors.js';
import type { TrainTest } from '../../data/dataset.js';
import { Laboratory } from '../laboratory.js';
import type { Profile } from '../profile.js';
import type { SectionDefinition } from '../section.js';
import { a3 } from './a3.js';
import { fig4 } from './fig4.js';
import { main } from './main.js';
import { table1 } from './table1.js';

/** The sections of the paper that can be run, by their names. */
export const sections = { a3, table1, fig4, main } satisfies Record<string, SectionDefinition>;

export type SectionName = keyof typeof sections;

/** The calls of a section. */
export type SectionOf<Name extends SectionName> = ReturnType<(typeof sections)[Name]['open']>;

// The literal above has these keys and no others.
export const sectionNames = Object.keys(sections) as readonly SectionName[];

/**
 * A section of the paper in a profile, to be run call by call; each call's results are kept on their own.
 *
 * @param options - `data`: a training and a test set of your own in place of CIFAR-10, as `imageFolder` and
 *   `numpyDataset` give them; all images are used, in the order of `byTurns`. Published numbers still stand beside, and are CIFAR-10's.
 * @example
 * const own = section('a3', profile('quick'), { data: { train, test } });
 * @throws {ArgumentError} If there is no section of that name, or no profile.
 */
export function section<Name extends SectionName>(
  name: Name,
  profile: Profile,
  { data }: { data?: TrainTest | undefined } = {},
): SectionOf<Name> {
  if (!sectionNames.includes(name)) {
    throw new ArgumentError(`section: the name must be one of ${sectionNames.join(', ')}, got '${name}'`);
  }
  if (typeof profile !== 'object' || profile === null)
    throw new ArgumentError(
      `section: it must be given a profile such as profile('quick'), got ${String(profile)}`,
    );
  const definition: SectionDefinition = sections[name];
  // TypeScript does not follow a key that is a type parameter.
  return definition.open(new Laboratory(profile, { data })) as SectionOf<Name>;
}
