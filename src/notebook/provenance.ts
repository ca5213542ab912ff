import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { displaySymbol } from '../display/format.js';
import { host, type CellTime, type MimeBundle } from '../display/host.js';
import { escaped } from '../display/html.js';
import { usedSoFar } from '../display/session.js';
import { packageFolder } from '../experiments/python.js';
import { device, deviceInfo } from '../native/device.js';
import { seedsSoFar } from '../random.js';
import { tagsOf, type NotebookFile } from './notebookFile.js';

/** A profile as `section` notes it: its name, what it shrinks against the paper, its seeds. */
interface UsedProfile {
  /** The profile that it was made from. */
  readonly name: string;
  /** What it shrinks against the paper, in words. */
  readonly shrunk: string;
  /** The seeds of its trainings. */
  readonly seeds: readonly number[];
}

/** A data set as its loader notes it; `checksum` is SHA-256. */
interface UsedDataset {
  /** One phrase: 'CIFAR-10, 4,000 training and 1,000 test images'. */
  readonly caption: string;
  /** Over images and labels, in hexadecimal. */
  readonly checksum: string;
}

/** What an executed notebook's numbers come from, as plain JSON. */
export interface NotebookProvenance {
  /** The package and, in a clone, its commit. */
  readonly roarbook: {
    /** That of package.json. */
    readonly version: string;
    /** Its hash; null outside a clone. */
    readonly commit: string | null;
    /** Whether the clone has changes that are not committed. */
    readonly changed: boolean;
  };
  /** TensorFlow's version. */
  readonly tensorflow: string;
  /** Node's version. */
  readonly node: string;
  /** In words: 'CPU, 2 threads, TensorFlow 2.21.0'. */
  readonly device: string;
  /** The processor's model, whose instructions decide the last digits. */
  readonly processor: string;
  /** Profiles of sections opened so far, with their seeds. */
  readonly profiles: readonly UsedProfile[];
  /** Seeds of random streams made so far. */
  readonly seeds: readonly number[];
  /** Data sets loaded so far: caption and SHA-256. */
  readonly datasets: readonly UsedDataset[];
  /** How long the code of each cell ran; empty outside a notebook. */
  readonly cells: readonly CellTime[];
}

/** Marks what a notebook shows as its provenance: of one run, and no result. */
export const provenanceMime = 'application/vnd.roarbook.provenance+json';

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
    // What is noted under a topic has one form.
    profiles: usedSoFar('profiles') as UsedProfile[],
    seeds: seedsSoFar(),
    datasets: usedSoFar('datasets') as UsedDataset[],
    cells: [...(host()?.cellTimes?.() ?? [])],
  };
  return Object.defineProperty(found, displaySymbol, { value: () => shownProvenance(found) });
}

/** The provenance that a notebook carries in its metadata or in a cell; undefined if it carries none. */
export function provenanceOf({ metadata, cells }: NotebookFile): NotebookProvenance | undefined {
  const noted = (metadata['roarbook'] as { provenance?: NotebookProvenance } | undefined)?.provenance;
  if (noted) return noted;
  const outputs = cells
    .filter((cell) => tagsOf(cell).includes('provenance'))
    .flatMap(({ outputs }) => outputs ?? []);
  const output = outputs.find((output) => 'data' in output && provenanceMime in output.data);
  // Nothing else writes this format.
  return output && 'data' in output ? (output.data[provenanceMime] as NotebookProvenance) : undefined;
}

/** Provenance in words, for people: what, and its value. */
function provenanceRows(found: NotebookProvenance): (readonly [name: string, value: string])[] {
  const { version, commit, changed } = found.roarbook;
  const changes = changed ? ', with changes that are not committed' : '';
  const times = found.cells.map(({ cell, seconds }) => `[${cell}] ${seconds.toFixed(2)} s`);
  return [
    ['Roarbook', `${version}, ${commit === null ? 'no commit known' : `commit ${commit}${changes}`}`],
    ['TensorFlow', found.tensorflow],
    ['Node', found.node],
    ['Device', `${found.device}; ${found.processor}`],
    ...found.profiles.map(
      ({ name, shrunk, seeds }) =>
        ['Profile', `${name}; shrunk: ${shrunk}; seeds ${seeds.join(', ')}`] as const,
    ),
    ['Seeds of random streams', found.seeds.join(', ') || 'none'],
    ...found.datasets.map(
      ({ caption, checksum }) => ['Data set', `${caption}; SHA-256 ${checksum}`] as const,
    ),
    ['Time per cell', times.join(', ') || 'not known'],
  ];
}

/** What a cell shows of a provenance. */
export function shownProvenance(found: NotebookProvenance): MimeBundle {
  const rows = provenanceRows(found);
  const row = ([name, value]: readonly [string, string]) =>
    `<tr><th scope="row" style="${cellStyle}">${escaped(name)}</th><td style="${cellStyle}">${escaped(value)}</td></tr>`;
  return {
    [provenanceMime]: found,
    'text/html': `<details><summary>Where these numbers come from</summary><table>${rows.map(row).join('')}</table></details>`,
    'text/plain': rows.map(([name, value]) => `${name}: ${value}`).join('\n'),
  };
}

const cellStyle = 'text-align:left;vertical-align:top;white-space:normal;overflow-wrap:anywhere';

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
