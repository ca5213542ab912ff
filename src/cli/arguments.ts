import path from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentError } from '../errors.js';
import { meant } from '../experiments/nearest.js';
import { profile, profileNames } from '../experiments/profiles.js';
import type { Profile, ProfileChanges } from '../experiments/profiles.js';
import { sectionNames } from '../experiments/sections/index.js';
import type { SectionName } from '../experiments/sections/index.js';

/** An option of a command: what stands in the help. */
export interface Option {
  /** What follows it: 'DIR'; none for a switch. */
  readonly value?: string;
  readonly help: string;
  /** It may be given more than once. */
  readonly multiple?: boolean;
}

export interface Command {
  readonly name: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  readonly purpose: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Whether words that are no options are taken. */
  readonly words?: boolean;
}

/** A command's options as they were given. */
export interface Given {
  text(option: string): string | undefined;
  all(option: string): readonly string[];
  has(option: string): boolean;
  readonly words: readonly string[];
}

/** The options that choose what is computed: `chosen` reads them. */
export const choice: Readonly<Record<string, Option>> = {
  profile: { value: profileNames.join('|'), help: 'how much to compute; default quick' },
  section: {
    value: 'NAME',
    help: `${sectionNames.join(', ')}; may be repeated; default all`,
    multiple: true,
  },
  seeds: { value: 'N', help: 'how many seeds, or which: 0,3,4' },
  rows: { value: 'N,N', help: "which rows of the profile's Table 1, from 1" },
  set: {
    value: 'OPTION=VALUE',
    help: 'any option of the profile: training.epochs=5, levels=[0,0.8]',
    multiple: true,
  },
  data: { value: 'DIR', help: "the folder with CIFAR-10's binary batches" },
};

/**
 * Reads a command's arguments.
 *
 * @returns Undefined if help was asked for; it was printed.
 * @throws {ArgumentError} If an option is unknown (the nearest is named) or lacks its value.
 */
export function parse(command: Command, args: readonly string[]): Given | undefined {
  const { name, options, words = false } = command;
  const spec = Object.fromEntries(
    Object.entries({ ...options, help: { help: '' } as Option }).map(
      ([option, { value, multiple = false }]) => [
        option,
        { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple },
      ],
    ),
  );
  checkNames(command, args);
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: spec, allowPositionals: words });
    if (values['help']) {
      console.log(help(command));
      return undefined;
    }
    const list = (option: string) => [values[option] ?? []].flat().map(String);
    return {
      text: (option) => list(option)[0],
      all: list,
      has: (option) => values[option] === true,
      words: positionals,
    };
  } catch (cause) {
    throw new ArgumentError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function checkNames({ name, options }: Command, args: readonly string[]): void {
  const known = Object.keys(options).map((option) => `--${option}`);
  for (const argument of args) {
    const option = argument.split('=')[0] ?? '';
    if (!option.startsWith('--') || option === '--' || option === '--help' || known.includes(option))
      continue;
    throw new ArgumentError(
      `${name}: there is no option ${option}${meant(option, known)}; there are ${known.join(', ')}`,
    );
  }
}

function help({ name, usage, purpose, options }: Command): string {
  const lines = Object.entries(options).map(([option, { value, help }]) => {
    const left = `  --${option}${value === undefined ? '' : ` ${value}`}`;
    return left.length > 30 ? `${left}\n${' '.repeat(32)}${help}` : left.padEnd(32) + help;
  });
  return [`roarbook ${name} ${usage}`, '', purpose, '', ...lines].join('\n');
}

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

/** @throws {ArgumentError} If a value is none of those allowed; the nearest is named. */
export function oneOf<T extends string>(
  name: string,
  option: string,
  value: string,
  allowed: readonly T[],
): T {
  const found = allowed.find((known) => known === value);
  if (found !== undefined) return found;
  throw new ArgumentError(
    `${name}: --${option} must be one of ${allowed.join(', ')}, got '${value}'${meant(value, allowed)}`,
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
