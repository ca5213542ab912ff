import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError } from '../errors.js';

/** Where Jupyter looks for kernels: the user's folder, a prefix such as a virtual environment, or Python's own. */
export type Place = { kind: 'user' } | { kind: 'prefix'; prefix: string } | { kind: 'sys-prefix' };

export const kernelName = 'roarbook';

const template = fileURLToPath(new URL('../../kernel.json', import.meta.url));
const cli = fileURLToPath(new URL('../cli.js', import.meta.url));

/** Folder of the kernel's specification. */
export function specFolder(place: Place): string {
  if (place.kind === 'user') {
    const data =
      process.env['JUPYTER_DATA_DIR'] ??
      join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'jupyter');
    return join(data, 'kernels', kernelName);
  }
  const prefix = place.kind === 'prefix' ? place.prefix : pythonPrefix();
  return join(prefix, 'share', 'jupyter', 'kernels', kernelName);
}

/** Writes the specification from kernel.json and returns its folder. */
export function installSpec(place: Place): string {
  const folder = specFolder(place);
  const filled = readFileSync(template, 'utf8')
    .replaceAll('{node}', JSON.stringify(process.execPath).slice(1, -1))
    .replaceAll('{cli}', JSON.stringify(cli).slice(1, -1));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernel.json'), filled);
  return folder;
}

/** Removes the specification; false if there was none. */
export function uninstallSpec(place: Place): boolean {
  const folder = specFolder(place);
  if (!existsSync(folder)) return false;
  rmSync(folder, { recursive: true });
  return true;
}

function pythonPrefix(): string {
  try {
    return execFileSync('python3', ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new ArgumentError('kernel install: --sys-prefix needs python3 on the path; use --prefix DIR', {
      cause,
    });
  }
}
