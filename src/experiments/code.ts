import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../errors.js';

const known = new Map<string, string>();

/**
 * Hash of some modules' code and of all the package's modules that they import, however far down.
 *
 * A result made by older code gets another key and is computed again, and only it. What `import()` loads does not count.
 *
 * @throws {DataError} If a file cannot be read, as while `dist/` is built anew.
 */
export function codeHash(modules: readonly URL[]): string {
  // Not the files but their names: once hashed, no file is looked at, for `dist/` may be built anew meanwhile.
  const key = modules.map(String).sort().join('\0');
  const cached = known.get(key);
  if (cached) return cached;
  const roots = modules.map((module) => sourceOf(fileURLToPath(module))).sort();
  const files = new Map<string, string>();
  for (const file of roots) collect(file, files);
  const hash = createHash('sha256');
  for (const name of [...files.keys()].sort())
    hash.update(`${path.relative(packageFolder, name)}\0${files.get(name)}\0`);
  const digest = hash.digest('hex');
  known.set(key, digest);
  return digest;
}

const packageFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function collect(file: string, files: Map<string, string>): void {
  if (files.has(file)) return;
  const code = read(file);
  files.set(file, code);
  for (const [, specifier] of code.matchAll(/^(?:import|export)\b[^'"]*?from\s*['"](\.[^'"]+)['"]/gm)) {
    if (specifier) collect(sourceOf(path.resolve(path.dirname(file), specifier)), files);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DataError(
      `experiments: the package's own code must be readable, got no ${file}; it may be being built: wait, then run again`,
      { cause },
    );
  }
}

/** Tests run the sources themselves, where `x.js` is `x.ts`. */
function sourceOf(file: string): string {
  return existsSync(file) ? file : file.replace(/\.js$/, '.ts');
}
