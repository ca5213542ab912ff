import { ArgumentError } from '../errors.js';
import { summarise, unique } from './measurements.js';
import { methodName } from './methods.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { Table, tableOf } from './table.js';

/** How well one trained model classifies; accuracies are fractions. */
export interface ModelAccuracy {
  readonly method: string;
  readonly seed: number;
  /** On the test images. */
  readonly clean: number;
  /** On the attacked test images. */
  readonly robust: number;
}

export interface TableModelsOptions {
  provenance: Provenance;
  /** The attack behind the robust accuracy: 'PGD-ℓ2, ε = 1.5, 20 steps'. */
  attack: string;
}

/**
 * Clean and robust accuracy of trained models, means over seeds.
 *
 * `table.data` has the columns method, accuracy, accuracyHalf, robust, robustHalf (in %; half 95 % t-intervals over
 * seeds, null below three) and seeds.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function tableModels(
  rows: readonly ModelAccuracy[],
  { provenance, attack }: TableModelsOptions,
): Table {
  if (rows.length === 0)
    throw new ArgumentError('tableModels: there must be models, got none; train one first');
  const clean = overSeeds(rows, 'clean');
  const robust = overSeeds(rows, 'robust');
  const records = unique(rows.map(({ method }) => method)).map((method) => ({
    method,
    name: methodName(method),
    accuracy: clean.get(method)?.mean ?? null,
    accuracyHalf: clean.get(method)?.half ?? null,
    robust: robust.get(method)?.mean ?? null,
    robustHalf: robust.get(method)?.half ?? null,
    seeds: clean.get(method)?.seeds ?? 0,
  }));
  const columns = [
    { name: 'name', title: 'Model' },
    { name: 'accuracy', title: 'Accuracy (%)', digits: 2 },
    { name: 'accuracyHalf', title: '± (95 %)', digits: 2 },
    { name: 'robust', title: 'Robust accuracy (%)', digits: 2 },
    { name: 'robustHalf', title: 'robust ± (95 %)', digits: 2 },
    { name: 'seeds', title: 'Seeds', digits: 0 },
  ];
  const hasIntervals = records.some(({ accuracyHalf }) => accuracyHalf !== null);
  return new Table(tableOf(records), {
    columns: columns.filter(({ name }) => hasIntervals || !name.endsWith('Half')),
    title: 'Accuracy on clean and attacked test images',
    caption: `Robust: under ${attack}. ${describeProvenance(provenance)}`,
  });
}

function overSeeds(rows: readonly ModelAccuracy[], measure: 'clean' | 'robust') {
  const summaries = summarise(rows.map((row) => ({ ...row, level: 0, accuracy: row[measure] })));
  return new Map(
    summaries.map(({ method, mean, half, seeds }) => [
      method,
      { mean: percent(mean), half: half === null ? null : percent(half), seeds },
    ]),
  );
}
