import { compareNotebooks } from '../notebook/compareNotebooks.js';
import { readNotebook } from '../notebook/notebookFile.js';
import { describeDifferences } from './differences.js';
import { parseCommand } from './options.js';

/**
 * `roarbook diff a.ipynb b.ipynb`: compares what two executed notebooks show.
 *
 * @returns 0 if they show the same, 1 if not.
 */
export async function diffCommand(args: readonly string[]): Promise<number> {
  const { positionals } = parseCommand('diff', args, { files: ['a.ipynb', 'b.ipynb'], options: {} });
  const [a = '', b = ''] = positionals;
  const notebooks = [readNotebook('diff', a), readNotebook('diff', b)] as const;
  const differences = await compareNotebooks(...notebooks, { tolerance: 0 });
  console.log(
    differences.length === 0
      ? `${a} and ${b} show the same numbers, tables and figures.`
      : describeDifferences(differences, 'other'),
  );
  return differences.length === 0 ? 0 : 1;
}
