import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Json } from './task.js';

/** What a result's own file says of it. */
export interface Manifest {
  readonly kind: string;
  readonly label: string;
  readonly options: { readonly [name: string]: Json };
  /** Keys of the results that were read. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly device: { readonly [name: string]: Json };
  /** SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of all the above. */
  readonly checksum: string;
}

export const manifestName = 'result.json';

/** Where a store keeps a result that this machine computed. */
export function resultFolder(store: string, key: string): string {
  return path.join(store, 'results', key.slice(0, 2), key);
}

/** How many results were computed into a store since a moment, in milliseconds since 1970. */
export function computedSince(store: string, moment: number): number {
  const results = path.join(store, 'results');
  if (!existsSync(results)) return 0;
  const files = readdirSync(results, { recursive: true, encoding: 'utf8' });
  const manifests = files.filter((file) => path.basename(file) === manifestName);
  return manifests.filter((file) => statSync(path.join(results, file)).mtimeMs >= moment).length;
}

/** Where a store keeps a result of whichever machine, merged or shared, under the task's key on all machines. */
export function mergedFolder(store: string, taskKey: string): string {
  return path.join(store, 'merged', taskKey.slice(0, 2), taskKey);
}

/** The manifest of a folder of files, as text. */
export function manifestText(folder: string, manifest: Omit<Manifest, 'files' | 'checksum'>): string {
  const names = readdirSync(folder).sort();
  const files = Object.fromEntries(names.map((name) => [name, checksum(path.join(folder, name))]));
  const content = { ...manifest, files };
  return `${JSON.stringify({ ...content, checksum: sha256(JSON.stringify(content)) }, null, 2)}\n`;
}

/** @throws If the file is missing or no JSON. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, manifestName), 'utf8')) as Manifest;
}

/** Whether a result is there with the files that its manifest names, all by their checksums. */
export function isWhole(folder: string): boolean {
  try {
    const { checksum: own, ...content } = readManifest(folder);
    if (sha256(JSON.stringify(content)) !== own) return false;
    const { files } = content;
    return Object.entries(files).every(([name, sum]) => checksum(path.join(folder, name)) === sum);
  } catch {
    return false;
  }
}

function checksum(file: string): string {
  return sha256(readFileSync(file));
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
