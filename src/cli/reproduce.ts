import { reproduce } from '../experiments/reproduce.js';
import { sectionNames } from '../experiments/sections/index.js';
import { oneOf, parse } from './arguments.js';
import type { Command } from './arguments.js';
import { choice, chosen } from './choice.js';

const { profile, seeds, rows, set, data } = choice;

const command: Command = {
  name: 'reproduce',
  usage: '[--profile quick] [--only NAME | --all] [--seeds N] [--set OPTION=VALUE …]',
  purpose:
    "Runs the sections' notebooks headless and writes what they show: executed notebooks, figures, tables, and one page\nwith the published numbers beside ours.",
  options: {
    ...(profile && seeds && rows && set && data && { profile, seeds, rows, set, data }),
    only: { value: sectionNames.join('|'), help: 'one section' },
    all: { help: 'all sections, in place of those that a first look needs' },
    out: { value: 'DIR', help: 'where results go; default results/<profile>' },
  },
};

/** `roarbook reproduce`. @throws {ArgumentError} If an option is unknown or out of range. */
export async function reproduceCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const only = given.text('only');
  const { profile } = chosen('reproduce', given);
  return reproduce({
    profile,
    named: given.text('data') !== undefined,
    all: given.has('all'),
    ...(only !== undefined && { only: oneOf('reproduce', 'only', only, sectionNames) }),
    out: given.text('out'),
  });
}
