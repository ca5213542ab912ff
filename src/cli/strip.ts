import { readNotebook, writeNotebook } from '../notebook/notebookFile.js';
import { strip } from '../notebook/strip.js';
import { parseCommand } from './options.js';

/** `roarbook strip notebook.ipynb`: removes outputs and what running it added, in place. */
export async function stripCommand(args: readonly string[]): Promise<number> {
  const { positionals } = parseCommand('strip', args, { files: ['notebook.ipynb'], options: {} });
  const [file = ''] = positionals;
  writeNotebook(file, strip(readNotebook('strip', file)));
  return 0;
}
