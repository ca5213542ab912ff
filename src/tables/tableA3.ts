import { ArgumentError } from '../errors.js';
import { summarise } from './measurements.js';
import type { RoarAccuracy } from './measurements.js';
import { methodName } from './methods.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { publishedAccuracy } from './published.js';
import { Table, tableOf } from './table.js';

/**
 * Section A3's numbers: accuracy after removal and retraining by method and level, the published one beside it.
 *
 * `table.data` has the columns method, level (a fraction), accuracy, halfInterval, published, difference (in %, or
 * percentage points) and seeds; null where there is no number. The half interval is that of the 95 % t-interval over
 * seeds, from three seeds on.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function tableA3(rows: readonly RoarAccuracy[], { provenance }: { provenance: Provenance }): Table {
  if (rows.length === 0)
    throw new ArgumentError('tableA3: there must be measurements, got none; run roar first');
  const records = summarise(rows).map(({ method, level, mean, half, seeds }) => {
    const published = publishedAccuracy(method, level);
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
    title: 'Accuracy after removing the highest-ranked pixels and retraining',
    caption:
      'Published: Zeng et al. 2021, supplementary Fig 1, ResNet-18 on all of CIFAR-10, seeds not stated. ' +
      describeProvenance(provenance),
  });
}
