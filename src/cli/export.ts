import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readNotebook } from '../notebook/notebookFile.js';
import { exportPage } from '../notebook/page/exportPage.js';
import { parse } from './arguments.js';
import type { Command } from './arguments.js';

const limit = 10_000_000;

const command: Command = {
  name: 'export',
  usage: 'notebook.ipynb [--out page.html]',
  purpose: 'Makes one HTML file of a notebook that needs no other file.',
  options: { out: { value: 'FILE', help: "default the notebook's name with .html" } },
  files: ['notebook.ipynb'],
};

/**
 * `roarbook export notebook.ipynb [--out page.html]`: one HTML file that needs no other.
 *
 * @returns 0, or 1 if the page is larger than 10 MB.
 */
export async function exportCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const [file = ''] = given.words;
  const out = given.text('out') ?? `${file.replace(/\.ipynb$/, '')}.html`;
  const page = exportPage(readNotebook('export', file), { folder: path.dirname(file), limit });
  writeFileSync(out, page.html);
  const size = `${(page.bytes / 1e6).toFixed(1)} MB`;
  console.log(`${out}: ${size}${page.hasFallbacks ? '' : ', its figures need scripts to be allowed'}`);
  if (page.bytes < limit) return 0;
  console.error('roarbook: export: the page is larger than 10 MB; show fewer or smaller pictures');
  return 1;
}
