import { ArgumentError } from '../errors.js';
import type { Random } from '../random.js';
import { compare } from './compare.js';
import { summarise } from './measurements.js';
import type { RoarAccuracy, RoarSummary } from './measurements.js';
import { methodName } from './methods.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { leastSeeds } from './statistics.js';
import { Table, tableOf } from './table.js';

export interface RoarTableOptions {
  provenance: Provenance;
  title: string;
  /** The published accuracy of a method at a level, 0…1. */
  published(method: string, level: number): number | undefined;
  /** Where the published numbers stand: 'supplementary Fig 1'. */
  source: string;
  /** The function that makes the table, for messages. */
  name: string;
  /** Draws the bootstrap's resamples; without it methods are not compared. */
  random?: Random;
}

/** A row that can be compared with others, image by image. */
export interface RoarTableRow extends RoarAccuracy {
  /** [N], 1 where the image was classified correctly. */
  readonly correct?: ArrayLike<number>;
}

/**
 * Accuracy after removal and retraining by method and level, the published one beside it.
 *
 * `table.data` has the columns method, level (a fraction), accuracy, halfInterval, published, difference (in %, or
 * percentage points) and seeds; null where there is no number. The half interval is that of the 95 % t-interval over
 * seeds, from three seeds on. Where several methods were measured image by image, against, againstLow and againstHigh
 * are the accuracy minus that of the first method, see `compare`.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function roarTable(rows: readonly RoarTableRow[], options: RoarTableOptions): Table {
  const { provenance, title, source, name, random } = options;
  if (rows.length === 0)
    throw new ArgumentError(`${name}: there must be measurements, got none; run roar first`);
  const records = summarise(rows).map((summary) => ({
    ...accuracyColumns(summary, options.published(summary.method, summary.level)),
    ...(random && againstColumns(rows, summary, random)),
  }));
  const [reference = ''] = rows.map(({ method }) => methodName(method));
  const columns = [
    { name: 'name', title: 'Ranked by' },
    { name: 'removed', title: 'Removed (%)', digits: 0 },
    { name: 'accuracy', title: 'Accuracy (%)', digits: 2 },
    { name: 'halfInterval', title: '± (95 %)', digits: 2 },
    { name: 'against', title: `Minus ${reference} (points)`, digits: 2, signed: true },
    { name: 'againstLow', title: 'from', digits: 2, signed: true },
    { name: 'againstHigh', title: 'to (95 %)', digits: 2, signed: true },
    { name: 'published', title: 'Published (%)', digits: 2 },
    { name: 'difference', title: 'Difference (points)', digits: 2, signed: true },
  ];
  const filled = (column: string) =>
    records.some((record) => ((record as Record<string, unknown>)[column] ?? null) !== null);
  const optional = ['halfInterval', 'against', 'againstLow', 'againstHigh'];
  return new Table(tableOf(records), {
    columns: columns.filter(({ name }) => !optional.includes(name) || filled(name)),
    title,
    caption: [
      `Published: Zeng et al. 2021, ${source}, ResNet-18 on all of CIFAR-10, seeds not stated.`,
      ...(filled('against') ? [againstNote(reference, provenance.seeds.length)] : []),
      describeProvenance(provenance),
    ].join(' '),
  });
}

function accuracyColumns({ method, level, mean, half, seeds }: RoarSummary, published: number | undefined) {
  return {
    method,
    name: methodName(method),
    level,
    removed: percent(level),
    accuracy: percent(mean),
    halfInterval: half === null ? null : percent(half),
    published: published === undefined ? null : percent(published),
    difference: published === undefined ? null : percent(mean - published),
    seeds,
  };
}

/** The paired difference to the first method at the same level, in points; nulls for itself and where it lacks a seed. */
function againstColumns(
  rows: readonly RoarTableRow[],
  { method, level }: RoarSummary,
  random: Random,
): Record<'against' | 'againstLow' | 'againstHigh', number | null> {
  const reference = rows[0]?.method ?? method;
  const at = (name: string) =>
    rows.flatMap(({ method, level: own, seed, correct }) =>
      method === name && own === level && correct ? [{ seed, correct }] : [],
    );
  const [own, theirs] = [at(method), at(reference)];
  const seedsOf = (results: typeof own) => results.map(({ seed }) => seed).sort((a, b) => a - b);
  const comparable = own.length > 0 && seedsOf(own).join() === seedsOf(theirs).join();
  if (method === reference || level === 0 || !comparable)
    return { against: null, againstLow: null, againstHigh: null };
  const { mean, low, high } = compare(own, theirs, { random: random.fork(`${method} ${level}`) });
  return { against: percent(mean), againstLow: percent(low), againstHigh: percent(high) };
}

function againstNote(reference: string, seeds: number): string {
  const over = seeds < leastSeeds ? 'test images' : 'test images and seeds';
  return `Minus ${reference}: paired over the same test images, with its 95 % bootstrap interval over ${over}.`;
}
