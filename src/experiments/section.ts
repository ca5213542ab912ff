import { ArgumentError } from '../errors.js';
import { A3 } from './a3.js';
import type { Profile } from './profiles.js';

/** The sections of the paper that can be run, by their names. */
export interface Sections {
  /** A. Impact of other adversarial defense approaches: Fig 1, Fig 2. */
  a3: A3;
}

export type SectionName = keyof Sections;

export const sectionNames: readonly SectionName[] = ['a3'];

/**
 * A section of the paper in a profile, to be run call by call; each call's results are kept on their own.
 *
 * @throws {ArgumentError} If there is no section of that name, or no profile.
 */
export function section<Name extends SectionName>(name: Name, profile: Profile): Sections[Name] {
  if (!sectionNames.includes(name)) {
    throw new ArgumentError(`section: the name must be one of ${sectionNames.join(', ')}, got '${name}'`);
  }
  if (typeof profile !== 'object' || profile === null)
    throw new ArgumentError(
      `section: it must be given a profile such as profile('quick'), got ${String(profile)}`,
    );
  return new A3(profile);
}
