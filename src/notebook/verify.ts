import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DataError } from '../errors.js';
import { python } from '../experiments/python.js';
import { computedSince } from '../experiments/result.js';
import { storeFolder } from '../experiments/storeFolder.js';
import { compareNotebooks, type NotebookDifference } from './compareNotebooks.js';
import { joined, readNotebook, type NotebookFile } from './notebookFile.js';
import { provenanceOf, type NotebookProvenance } from './provenance.js';

const kernelName = 'roarbook';

export interface VerifyOptions {
  /** Reads the store of results instead of computing everything anew; default false. */
  fromCache?: boolean;
  /** For another device: see Closeness; default 0.05. */
  tolerance?: number;
}

/** What came out of rerunning a notebook. */
export interface Verification {
  /** False if a cell of the rerun failed; its error was printed. */
  readonly ran: boolean;
  readonly differences: readonly NotebookDifference[];
  /** How the comparison was made, and what the rerun warned of. */
  readonly remarks: readonly string[];
}

/**
 * Reruns an executed notebook in a clean kernel with an empty store and compares what its cells show: exactly on the
 * device that it was run on, else within a tolerance.
 *
 * @throws {DataError} If the file is no executed notebook of this kernel.
 * @throws {ArgumentError} If the set-up was not run.
 */
export async function verify(file: string, options: VerifyOptions = {}): Promise<Verification> {
  const { fromCache = false, tolerance = 0.05 } = options;
  const stored = readNotebook('verify', file);
  checkExecuted(file, stored);
  const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-verify-'));
  try {
    const output = path.join(folder, 'rerun.ipynb');
    const args = ['scripts/run_notebook.py', path.resolve(file), output, '{}'];
    const cache = fromCache ? storeNear(file) : undefined;
    const started = Date.now();
    const code = await python(args, { ROARBOOK_STORE: cache ?? path.join(folder, 'store') });
    if (code !== 0) return { ran: false, differences: [], remarks: [] };
    const rerun = readNotebook('verify', output);
    const devices = [stored, rerun].map(deviceOf);
    const isSame = devices[0] === undefined || devices[0] === devices[1];
    const closeness = { tolerance: isSame ? 0 : tolerance };
    const { differences, uncompared } = await compareNotebooks(stored, rerun, closeness);
    const remarks = [
      ...(fromCache && !cache ? [`--from-cache: ${storeFolder()} is no store of results.`] : []),
      cache ? describeCache(cache, computedSince(cache, started)) : 'Everything was computed anew.',
      ...describeDevices(devices, tolerance),
      ...describeUncompared(uncompared),
      ...describeChanges(provenanceOf(stored), provenanceOf(rerun)),
      ...messages(rerun).map((message) => `The rerun said: ${message}`),
    ];
    return { ran: true, differences, remarks };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The store that the notebook's own project has, else the one of the working folder; undefined if neither is there. */
function storeNear(file: string): string | undefined {
  return [storeFolder(path.dirname(path.resolve(file))), storeFolder()].find((folder) => existsSync(folder));
}

function describeCache(store: string, computed: number): string {
  const read = `Results were read from the store ${store} (--from-cache)`;
  if (computed === 0) return `${read}; none was computed anew.`;
  return `${read}, but ${computed} that it did not have, or had damaged, were computed anew.`;
}

function checkExecuted(file: string, { metadata, cells }: NotebookFile): void {
  const kernel = (metadata['kernelspec'] as { name?: unknown } | undefined)?.name ?? 'none';
  if (kernel !== kernelName)
    throw new DataError(
      `verify: ${file} must be a notebook of the kernel ${kernelName}, got ${String(kernel)}`,
    );
  if (cells.every(({ outputs = [] }) => outputs.length === 0))
    throw new DataError(
      `verify: ${file} must have been executed, got no output; run it, or take one from results/`,
    );
}

/** What decides the last digits: device, threads, TensorFlow, processor. */
function deviceOf(notebook: NotebookFile): string | undefined {
  const found = provenanceOf(notebook);
  return found && `${found.device}, ${found.processor}`;
}

function describeDevices([stored, rerun]: readonly (string | undefined)[], tolerance: number): string[] {
  if (stored === undefined)
    return ['The notebook does not say on which device it was run; compared exactly.'];
  if (stored === rerun) return [`Same device (${stored}): compared exactly.`];
  return [
    `Run on ${stored}, rerun on ${rerun}: numbers may differ by ${tolerance} times the larger of 1 and the stored ` +
      `one, pictures by ${tolerance} of the range.`,
  ];
}

/** Progress lines are shown only of what is computed. */
function describeUncompared(lines: number): string[] {
  if (lines === 0) return [];
  const what =
    lines === 1 ? 'the last line of 1 progress display' : `the last lines of ${lines} progress displays`;
  return [`Not compared: ${what} (losses, accuracies), which the rerun did not show.`];
}

/** What else may explain a difference. */
function describeChanges(stored?: NotebookProvenance, rerun?: NotebookProvenance): string[] {
  if (!stored || !rerun) return [];
  const names = ['roarbook', 'tensorflow', 'node'] as const;
  const changed = names.filter((name) => !isDeepStrictEqual(stored[name], rerun[name]));
  return changed.map(
    (name) => `Another ${name}: stored ${JSON.stringify(stored[name])}, now ${JSON.stringify(rerun[name])}.`,
  );
}

/** What the cells wrote on standard error: a damaged result in the store, for one. */
function messages({ cells }: NotebookFile): string[] {
  const outputs = cells.flatMap(({ outputs = [] }) => outputs);
  return outputs
    .flatMap((output) =>
      output.output_type === 'stream' && output.name === 'stderr' ? [joined(output.text)] : [],
    )
    .flatMap((text) => text.split('\n').filter(Boolean));
}
