import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where results are kept: $ROARBOOK_STORE, else `.roarbook` in the project that the working folder belongs to. */
export function storeFolder(): string {
  return path.resolve(process.env.ROARBOOK_STORE ?? path.join(projectFolder(), '.roarbook'));
}

/** The nearest folder upwards with a package.json: a notebook and the command line share one store. */
function projectFolder(): string {
  let folder = process.cwd();
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) return process.cwd();
    folder = parent;
  }
  return folder;
}
