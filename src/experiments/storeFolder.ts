import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where results are kept: $ROARBOOK_STORE, else `.roarbook` in the project that a folder belongs to. */
export function storeFolder(inside = process.cwd()): string {
  return path.resolve(process.env.ROARBOOK_STORE ?? path.join(projectFolder(inside), '.roarbook'));
}

/** The nearest folder upwards with a package.json: a notebook and the command line share one store. */
function projectFolder(inside: string): string {
  let folder = inside;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) return inside;
    folder = parent;
  }
  return folder;
}
