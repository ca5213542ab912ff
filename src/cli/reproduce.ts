import { parseArgs } from 'node:util';
import { ArgumentError } from '../errors.js';
import { profileNames } from '../experiments/profiles.js';
import { reproduce } from '../experiments/reproduce.js';
import { sectionNames } from '../experiments/sections/index.js';

/**
 * `roarbook reproduce [--profile smoke|quick|paper] [--only a3] [--seeds N] [--data DIR] [--out DIR]`.
 *
 * @throws {ArgumentError} If an option is unknown or out of range.
 */
export async function reproduceCommand(args: readonly string[]): Promise<number> {
  const { profile, only, seeds, data, out } = parse(args);
  return reproduce({
    profile: profile === undefined ? undefined : oneOf('--profile', profile, profileNames),
    only: only === undefined ? undefined : oneOf('--only', only, sectionNames),
    seeds: seeds === undefined ? undefined : count(seeds),
    data,
    out,
  });
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = { profile: text, only: text, seeds: text, data: text, out: text };
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new ArgumentError(
      `reproduce: ${cause instanceof Error ? cause.message : String(cause)}; options are --profile, --only, --seeds, --data, --out`,
      { cause },
    );
  }
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (!found)
    throw new ArgumentError(`reproduce: ${option} must be one of ${allowed.join(', ')}, got '${value}'`);
  return found;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new ArgumentError(`reproduce: --seeds must be a positive integer, got '${text}'`);
  }
  return value;
}
