import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { displaySymbol } from '../display/format.js';
import type { MimeBundle } from '../display/host.js';
import { usedSoFar } from '../display/session.js';
import { packageFolder } from '../experiments/python.js';
import { device, deviceInfo } from '../native/device.js';
import { seedsSoFar } from '../random.js';
import { tagsOf, type NotebookFile } from './notebookFile.js';

/** What an executed notebook's numbers come from, as plain JSON. */
export interface NotebookProvenance {
  /** Package version and, in a clone, commit; 'changed' if the clone has changes that are not committed. */
  readonly roarbook: { readonly version: string; readonly commit: string | null; readonly changed: boolean };
  readonly tensorflow: string;
  readonly node: string;
  /** In words: 'CPU, 2 threads, TensorFlow 2.21.0'. */
  readonly device: string;
  /** The processor's model, whose instructions decide the last digits. */
  readonly processor: string;
  /** Profiles of sections opened so far, with their seeds. */
  readonly profiles: readonly unknown[];
  /** Seeds of random streams made so far. */
  readonly seeds: readonly number[];
  /** Data sets loaded so far: caption and SHA-256. */
  readonly datasets: readonly unknown[];
}

const mime = 'application/vnd.roarbook.provenance+json';

/**
 * Where the numbers of this session come from: versions, device, and the profiles, seeds and data sets used so far.
 *
 * As the last expression of a cell it shows itself folded.
 */
export function provenance(): NotebookProvenance {
  const { tensorflow, processor } = deviceInfo();
  const found: NotebookProvenance = {
    roarbook: { version: packageVersion(), ...commit() },
    tensorflow,
    node: process.versions.node,
    device: device(),
    processor,
    profiles: usedSoFar('profiles'),
    seeds: seedsSoFar(),
    datasets: usedSoFar('datasets'),
  };
  return Object.defineProperty(found, displaySymbol, { value: () => shown(found) });
}

/** The provenance that a notebook carries in its metadata or in a cell; undefined if it carries none. */
export function provenanceOf({ metadata, cells }: NotebookFile): NotebookProvenance | undefined {
  const noted = (metadata['roarbook'] as { provenance?: NotebookProvenance } | undefined)?.provenance;
  if (noted) return noted;
  const outputs = cells
    .filter((cell) => tagsOf(cell).includes('provenance'))
    .flatMap(({ outputs }) => outputs ?? []);
  const output = outputs.find((output) => 'data' in output && mime in output.data);
  // Nothing else writes this format.
  return output && 'data' in output ? (output.data[mime] as NotebookProvenance) : undefined;
}

function shown(found: NotebookProvenance): MimeBundle {
  const json = JSON.stringify(found, null, 2);
  const escaped = json.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return {
    [mime]: found,
    'text/html': `<details><summary>Where these numbers come from</summary><pre>${escaped}</pre></details>`,
    'text/plain': json,
  };
}

function packageVersion(): string {
  const manifest = readFileSync(path.join(packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** The clone's commit; an installed package has none. */
function commit(): { commit: string | null; changed: boolean } {
  if (!existsSync(path.join(packageFolder, '.git'))) return { commit: null, changed: false };
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: packageFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return { commit: git('rev-parse', 'HEAD').trim(), changed: git('status', '--porcelain') !== '' };
  } catch {
    // No git on this machine.
    return { commit: null, changed: false };
  }
}
