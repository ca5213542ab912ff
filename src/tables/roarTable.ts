import { ArgumentError } from '../errors.js';
import { summarise } from './measurements.js';
import type { RoarAccuracy } from './measurements.js';
import { methodName } from './methods.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
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
}

/**
 * Accuracy after removal and retraining by method and level, the published one beside it.
 *
 * `table.data` has the columns method, level (a fraction), accuracy, halfInterval, published, difference (in %, or
 * percentage points) and seeds; null where there is no number. The half interval is that of the 95 % t-interval over
 * seeds, from three seeds on.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function roarTable(
  rows: readonly RoarAccuracy[],
  { provenance, title, published: publishedOf, source, name }: RoarTableOptions,
): Table {
  if (rows.length === 0)
    throw new ArgumentError(`${name}: there must be measurements, got none; run roar first`);
  const records = summarise(rows).map(({ method, level, mean, half, seeds }) => {
    const published = publishedOf(method, level);
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
  });
  const columns = [
    { name: 'name', title: 'Ranked by' },
    { name: 'removed', title: 'Removed (%)', digits: 0 },
    { name: 'accuracy', title: 'Accuracy (%)', digits: 2 },
    { name: 'halfInterval', title: '± (95 %)', digits: 2 },
    { name: 'published', title: 'Published (%)', digits: 2 },
    { name: 'difference', title: 'Difference (points)', digits: 2, signed: true },
  ];
  const hasIntervals = records.some(({ halfInterval }) => halfInterval !== null);
  return new Table(tableOf(records), {
    columns: columns.filter(({ name }) => name !== 'halfInterval' || hasIntervals),
    title,
    caption:
      `Published: Zeng et al. 2021, ${source}, ResNet-18 on all of CIFAR-10, seeds not stated. ` +
      describeProvenance(provenance),
  });
}
