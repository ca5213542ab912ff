import path from 'node:path';
import { ArgumentError } from '../errors.js';
import { profile, profileNames } from '../experiments/profiles.js';
import type { Profile, ProfileChanges } from '../experiments/profiles.js';
import { sectionNames } from '../experiments/sections/index.js';
import type { SectionName } from '../experiments/sections/index.js';
import { oneOf } from './arguments.js';
import type { Given, Option } from './arguments.js';

/** The options that choose what is computed: `chosen` reads them. */
export const choice: Readonly<Record<string, Option>> = {
  profile: { value: profileNames.join('|'), help: 'how much to compute; default quick' },
  section: {
    value: 'NAME',
    help: `${sectionNames.join(', ')}; may be repeated; default all`,
    multiple: true,
  },
  seeds: { value: 'N', help: "how many seeds, or which: 0,3,4; default the profile's" },
  rows: { value: 'N,N', help: "which rows of the profile's Table 1, from 1" },
  set: {
    value: 'OPTION=VALUE',
    help: 'any option of the profile: training.epochs=5, levels=[0,0.8]',
    multiple: true,
  },
  data: { value: 'DIR', help: "the folder with CIFAR-10's binary batches" },
};

/**
 * The profile and the sections that `choice`'s options ask for.
 *
 * @throws {ArgumentError} If one is out of range.
 */
export function chosen(name: string, given: Given): { profile: Profile; sections: readonly SectionName[] } {
  const data = given.text('data');
  if (data !== undefined) process.env.ROARBOOK_DATA = path.resolve(data);
  const base = oneOf(name, 'profile', given.text('profile') ?? 'quick', profileNames);
  const sections = given.all('section').map((section) => oneOf(name, 'section', section, sectionNames));
  const seeds = given.text('seeds');
  const rows = given.text('rows');
  const changes: ProfileChanges = {
    ...settings(name, given.all('set')),
    ...(seeds !== undefined && { seeds: seedsOf(name, seeds) }),
  };
  const whole = profile(base, changes);
  const some = rows === undefined ? whole : profile(base, { ...changes, rows: rowsOf(name, rows, whole) });
  return { profile: some, sections: sections.length === 0 ? sectionNames : sections };
}

/** The options of `choice` as they were given, for a command that makes the same choice elsewhere. */
export function repeated(given: Given): string[] {
  return Object.keys(choice).flatMap((option) =>
    given.all(option).map((value) => `--${option}=${option === 'data' ? path.resolve(value) : value}`),
  );
}

/** 'training.epochs=5' becomes {training: {epochs: 5}}. */
function settings(name: string, texts: readonly string[]): ProfileChanges {
  const changes: Record<string, unknown> = {};
  for (const text of texts) {
    const [, option = '', inner, value = ''] = /^(\w+)(?:\.(\w+))?=(.*)$/s.exec(text) ?? [];
    if (!option) throw new ArgumentError(`${name}: --set must be OPTION=VALUE, got '${text}'`);
    const before = changes[option];
    const group = typeof before === 'object' && before !== null ? before : {};
    changes[option] = inner === undefined ? valueOf(value) : { ...group, [inner]: valueOf(value) };
  }
  // `profile` checks every option of what was written by hand.
  return changes as ProfileChanges;
}

/** JSON where it is JSON, else a text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function seedsOf(name: string, text: string): number | number[] {
  const numbers = text.split(',').map(Number);
  const [count = NaN] = numbers;
  const counted = numbers.length === 1 && count >= 1;
  if (numbers.every(Number.isSafeInteger) && (counted || numbers.length > 1))
    return counted ? count : numbers;
  throw new ArgumentError(
    `${name}: --seeds must be a positive integer or a list such as 0,3,4, got '${text}'`,
  );
}

function rowsOf(name: string, text: string, { rows }: Profile): Profile['rows'] {
  const numbers = text.split(',').map(Number);
  const some = numbers.flatMap((number) => rows[number - 1] ?? []);
  if (some.length === numbers.length) return some;
  throw new ArgumentError(`${name}: --rows must be numbers from 1 to ${rows.length}, got '${text}'`);
}
