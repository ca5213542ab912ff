import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Reads a JSON file of a result; the kind that wrote it knows its form. */
export function readJson(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
}
