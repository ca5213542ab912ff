import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Builds `dist/` if a source is newer, and returns the command line's path. */
export function builtCli(): string {
  const cli = join(root, 'dist', 'cli.js');
  const built =
    statSync(join(root, 'dist', 'kernel', 'execution', 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (newest(join(root, 'src')) > built)
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]);
  return cli;
}

function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}
