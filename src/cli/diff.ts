import { compareNotebooks } from '../notebook/compareNotebooks.js';
import { readNotebook } from '../notebook/notebookFile.js';
import { parse } from './arguments.js';
import type { Command } from './arguments.js';
import { describeDifferences } from './differences.js';

const command: Command = {
  name: 'diff',
  usage: 'a.ipynb b.ipynb',
  purpose:
    'Compares what two executed notebooks show, cell by cell: exit code 0 if it is the same, 1 if not.',
  options: {},
  files: ['a.ipynb', 'b.ipynb'],
};

/**
 * `roarbook diff a.ipynb b.ipynb`: compares what two executed notebooks show.
 *
 * @returns 0 if they show the same, 1 if not.
 */
export async function diffCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const [a = '', b = ''] = given.words;
  const notebooks = [readNotebook('diff', a), readNotebook('diff', b)] as const;
  const { differences, uncompared } = await compareNotebooks(...notebooks, { tolerance: 0 });
  console.log(
    differences.length === 0
      ? `${a} and ${b} show the same numbers, tables and figures.`
      : describeDifferences(differences, 'other'),
  );
  if (uncompared > 0) console.log(`Not compared: ${uncompared} lines of progress that only ${a} has.`);
  return differences.length === 0 ? 0 : 1;
}
