import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { DataError } from '../errors.js';
import { isWhole, manifestName, mergedFolder, readManifest } from './result.js';
import type { Manifest } from './result.js';
import type { TaskList } from './tasks.js';
import { noteTime } from './times.js';

/** Results of one machine on their way to another: all but weights and ranks, which are large and soon computed. */
interface Bundle {
  readonly format: 'roarbook-results-1';
  readonly results: readonly BundledResult[];
}

interface BundledResult {
  /** Names the task on every machine with the same code. */
  readonly key: string;
  readonly manifest: Manifest;
  /** That computing it took, where known. */
  readonly seconds?: number | undefined;
  /** Each file deflated, in base64. */
  readonly files: Readonly<Record<string, string>>;
}

const format = 'roarbook-results-1';
const small: readonly string[] = [
  'measure',
  'retrain',
  'alignment',
  'boundary',
  'examples',
  'sanity',
  'latency',
  'agreement',
];

/**
 * Writes the small results of a task list into one JSON file: numbers, which images were right, a few maps.
 *
 * @returns How many, and of which tasks the result is not there yet.
 * @throws {DataError} If the file cannot be written.
 */
export function exportResults({ tasks, store }: TaskList, file: string): { count: number; missing: number } {
  const results: BundledResult[] = [];
  const wanted = tasks.filter(({ task }) => small.includes(task.kind));
  for (const { key, task } of wanted) {
    const stored = store.peek(task);
    if (!stored) continue;
    const manifest = readManifest(stored.folder);
    const files = Object.keys(manifest.files).map((name) => [
      name,
      deflateSync(readFileSync(path.join(stored.folder, name))).toString('base64'),
    ]);
    results.push({
      ...{ key, manifest, seconds: store.seconds(task) },
      files: Object.fromEntries(files) as Record<string, string>,
    });
  }
  const bundle: Bundle = { format, results };
  try {
    writeFileSync(file, `${JSON.stringify(bundle)}\n`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`results: ${file} must be writable, got '${reason}'; pass another path`, { cause });
  }
  return { count: results.length, missing: wanted.length - results.length };
}

/**
 * Takes another machine's results into a store; they count where this machine has no result of its own.
 *
 * @returns How many are new.
 * @throws {DataError} If the file is something else, or a result in it is damaged; then nothing of that result is taken.
 */
export function mergeResults(store: string, file: string): { added: number; known: number } {
  const { results } = readBundle(file);
  let added = 0;
  for (const result of results) {
    const place = mergedFolder(store, result.key);
    if (existsSync(place) && isWhole(place)) continue;
    unpack(result, { store, place, file });
    const { key, manifest, seconds } = result;
    if (seconds !== undefined) noteTime(store, key, { label: manifest.label, kind: manifest.kind, seconds });
    added++;
  }
  return { added, known: results.length - added };
}

function unpack(
  { key, manifest, files }: BundledResult,
  { store, place, file }: { store: string; place: string; file: string },
): void {
  const draft = path.join(store, 'working', `${key}-${randomUUID()}`);
  mkdirSync(draft, { recursive: true });
  try {
    for (const [name, content] of Object.entries(files)) {
      // A name is a file's own, whatever the bundle says.
      if (name !== path.basename(name)) throw new TypeError(`'${name}' is no file name`);
      writeFileSync(path.join(draft, name), inflateSync(Buffer.from(content, 'base64')));
    }
    writeFileSync(path.join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    if (!isWhole(draft)) throw new TypeError('its checksums do not fit');
    rmSync(place, { recursive: true, force: true });
    mkdirSync(path.dirname(place), { recursive: true });
    renameSync(draft, place);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      `results: ${file} must hold whole results, got '${manifest.label}' damaged (${reason}); export it again`,
      { cause },
    );
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function readBundle(file: string): Bundle {
  let bundle: Partial<Bundle> | null;
  try {
    bundle = JSON.parse(readFileSync(file, 'utf8')) as Partial<Bundle> | null;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`results: ${file} must be a file that --export wrote, got '${reason}'`, { cause });
  }
  const isResult = (result: Partial<BundledResult> | null) =>
    /^[0-9a-f]{64}$/.test(String(result?.key)) &&
    typeof result?.files === 'object' &&
    typeof result.manifest?.files === 'object' &&
    ['number', 'undefined'].includes(typeof result.seconds) &&
    small.includes(result.manifest.kind);
  if (bundle?.format === format && Array.isArray(bundle.results) && bundle.results.every(isResult))
    return bundle as Bundle;
  throw new DataError(`results: ${file} must be a file that --export wrote, got something else`);
}
