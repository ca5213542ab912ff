import { readNotebook, writeNotebook } from '../notebook/notebookFile.js';
import { strip } from '../notebook/strip.js';
import { parse } from './arguments.js';
import type { Command } from './arguments.js';

const command: Command = {
  name: 'strip',
  usage: 'notebook.ipynb',
  purpose: 'Removes outputs and what running it added from a notebook, in place.',
  options: {},
  files: ['notebook.ipynb'],
};

/** `roarbook strip notebook.ipynb`: removes outputs and what running it added, in place. */
export async function stripCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const [file = ''] = given.words;
  writeNotebook(file, strip(readNotebook('strip', file)));
  return 0;
}
