import { writeNumber } from '../display/table/shownTable.js';
import { ArgumentError } from '../errors.js';
import type { Random } from '../random.js';
import { compare } from './compare.js';
import { summarise, unique } from './measurements.js';
import type { RoarAccuracy, RoarSummary } from './measurements.js';
import { methodName } from './methods.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { leastSeeds } from './statistics.js';
import { Table, tableOf } from './table.js';
import type { Column } from './table.js';

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

/** Methods that show what a map has to beat, and never the best one. */
const controls = ['random', 'mask'];

/**
 * Accuracy after removal and retraining, one row for each method and one column for each level, the published one beside
 * it.
 *
 * `table.data` has one row for each number, with the columns method, level (a fraction), accuracy, halfInterval,
 * published, difference (in %, or percentage points) and seeds; null where there is no number. The half interval is that
 * of the 95 % t-interval over seeds, from three seeds on. Where several methods were measured image by image, against,
 * againstLow and againstHigh are the accuracy minus that of the first method, see `compare`; the table shows their mean
 * over levels.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function roarTable(rows: readonly RoarTableRow[], options: RoarTableOptions): Table {
  const { provenance, title, source, name, random } = options;
  if (rows.length === 0)
    throw new ArgumentError(`${name}: there must be measurements, got none; run roar first`);
  const records = summarise(rows).map((summary) => ({
    ...accuracyColumns(summary, options.published(summary.method, summary.level)),
    ...(random && againstColumns(rows, { ...summary, levels: [summary.level] }, random)),
  }));
  const levels = unique(records.map(({ level }) => level)).sort((a, b) => a - b);
  const reference = methodName(rows[0]?.method ?? '');
  const shown = wide(records).map((record) => ({
    ...record,
    ...(random && againstRange(againstColumns(rows, { method: record.method, levels }, random))),
  }));
  const isCompared = shown.some((row) => 'against' in row && row.against !== null);
  const hasChoice = shown.filter(({ method }) => !controls.includes(method)).length > 1;
  return new Table(tableOf(records), {
    shown: tableOf(shown),
    columns: [
      { name: 'name', title: 'Ranked by' },
      ...levels.map(levelColumn),
      ...(isCompared ? [againstColumn(reference)] : []),
    ],
    isControl: ({ method }) => controls.includes(String(method)),
    title,
    caption: [
      `Accuracy in %${records.some(({ halfInterval }) => halfInterval !== null) ? ' ± half the 95 % t-interval over seeds' : ''}, lower is more faithful; after it the published one (Zeng et al. 2021, ${source}, ResNet-18 on all of CIFAR-10, seeds not stated).`,
      ...(hasChoice ? ['Marked: the lowest of each column, controls left out.'] : []),
      ...(isCompared ? [againstNote(reference, { seeds: provenance.seeds.length, levels })] : []),
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

type RoarRecord = ReturnType<typeof accuracyColumns>;

/** One row for each method, with three columns for each level; what was not measured is missing. */
function wide(records: readonly RoarRecord[]) {
  const blank = Object.assign({}, ...records.map(({ removed }) => levelFields(removed))) as LevelFields;
  return unique(records.map(({ method }) => method)).map((method) => {
    const own = records.filter((record) => record.method === method);
    const fields = own.map((record) => levelFields(record.removed, record));
    return { method, name: methodName(method), ...(Object.assign({ ...blank }, ...fields) as LevelFields) };
  });
}

type LevelFields = Record<string, number | null>;

function levelFields(removed: number, record?: RoarRecord): LevelFields {
  return {
    [`accuracy${removed}`]: record?.accuracy ?? null,
    [`half${removed}`]: record?.halfInterval ?? null,
    [`published${removed}`]: record?.published ?? null,
  };
}

function levelColumn(level: number): Column {
  const removed = percent(level);
  return {
    ...{ name: `accuracy${removed}`, title: `${removed} % removed`, digits: 2 },
    ...{ spread: `half${removed}`, published: `published${removed}` },
    // With nothing removed all maps are the same.
    ...(level > 0 && { best: 'lowest' }),
  };
}

type Against = Record<'against' | 'againstLow' | 'againstHigh', number | null>;

/**
 * The paired difference to the first method at the same levels, in points; nulls for itself, without removal, and where
 * one lacks what the other has.
 */
function againstColumns(
  rows: readonly RoarTableRow[],
  { method, levels }: { method: string; levels: readonly number[] },
  random: Random,
): Against {
  const reference = rows[0]?.method ?? method;
  const removed = levels.filter((level) => level > 0);
  const of = (name: string) =>
    rows.flatMap(({ method, level, seed, correct }) =>
      method === name && removed.includes(level) && correct ? [{ seed, level, correct }] : [],
    );
  const [own, theirs] = [of(method), of(reference)];
  const keys = (results: typeof own) => results.map(({ seed, level }) => `${seed} ${level}`).sort();
  const comparable = own.length > 0 && keys(own).join() === keys(theirs).join();
  if (method === reference || !comparable) return { against: null, againstLow: null, againstHigh: null };
  const { mean, low, high } = compare(own, theirs, { random: random.fork(`${method} ${removed.join(' ')}`) });
  return { against: percent(mean), againstLow: percent(low), againstHigh: percent(high) };
}

function againstRange({ against, againstLow, againstHigh }: Against) {
  const write = (value: number) => writeNumber(value, { digits: 2, signed: true });
  const range =
    againstLow === null || againstHigh === null ? null : `(${write(againstLow)} to ${write(againstHigh)})`;
  return { against, againstRange: range };
}

function againstColumn(reference: string): Column {
  return {
    ...{ name: 'against', title: `Minus ${reference} (points)`, digits: 2 },
    ...{ signed: true, spread: 'againstRange' },
  };
}

function againstNote(
  reference: string,
  { seeds, levels }: { seeds: number; levels: readonly number[] },
): string {
  const over = seeds < leastSeeds ? 'test images' : 'test images and seeds';
  const mean = levels.filter((level) => level > 0).length > 1 ? 'mean of the levels above 0, ' : '';
  return `Minus ${reference}: ${mean}paired over the same test images, with its 95 % bootstrap interval over ${over}.`;
}
