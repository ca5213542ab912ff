import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readNotebook } from '../notebook/notebookFile.js';
import { exportPage } from '../notebook/page/exportPage.js';
import { parseCommand } from './options.js';

const limit = 10_000_000;

/**
 * `roarbook export notebook.ipynb [--out page.html]`: one HTML file that needs no other.
 *
 * @returns 0, or 1 if the page is larger than 10 MB.
 */
export async function exportCommand(args: readonly string[]): Promise<number> {
  const options = { out: { type: 'string' } } as const;
  const { values, positionals } = parseCommand('export', args, { files: ['notebook.ipynb'], options });
  const [file = ''] = positionals;
  const out = values.out ?? `${file.replace(/\.ipynb$/, '')}.html`;
  const page = exportPage(readNotebook('export', file), { folder: path.dirname(file), limit });
  writeFileSync(out, page.html);
  const size = `${(page.bytes / 1e6).toFixed(1)} MB`;
  console.log(`${out}: ${size}${page.hasFallbacks ? '' : ', its figures need scripts to be allowed'}`);
  if (page.bytes < limit) return 0;
  console.error('roarbook: export: the page is larger than 10 MB; show fewer or smaller pictures');
  return 1;
}
