import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const known = new Map<string, string>();

/**
 * Hash of a module's code and of all the package's modules that it imports, however far down.
 *
 * A result made by older code gets another key and is computed again, and only it.
 */
export function codeHash(module: URL): string {
  const file = sourceOf(fileURLToPath(module));
  const cached = known.get(file);
  if (cached) return cached;
  const files = new Map<string, string>();
  collect(file, files);
  const root = path.dirname(path.dirname(file));
  const hash = createHash('sha256');
  for (const name of [...files.keys()].sort())
    hash.update(`${path.relative(root, name)}\0${files.get(name)}\0`);
  const digest = hash.digest('hex');
  known.set(file, digest);
  return digest;
}

function collect(file: string, files: Map<string, string>): void {
  if (files.has(file)) return;
  const code = readFileSync(file, 'utf8');
  files.set(file, code);
  for (const [, specifier] of code.matchAll(/^(?:import|export)\b[^'"]*?from\s*['"](\.[^'"]+)['"]/gm)) {
    if (specifier) collect(sourceOf(path.resolve(path.dirname(file), specifier)), files);
  }
}

/** Tests run the sources themselves, where `x.js` is `x.ts`. */
function sourceOf(file: string): string {
  return existsSync(file) ? file : file.replace(/\.js$/, '.ts');
}
