import { methodName } from './methods.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { Table, tableOf } from './table.js';

/** A model's accuracies on the test set, as fractions. */
export interface ModelAccuracy {
  /** 'standard', 'distilled', 'jacobian', 'pgd'. */
  readonly method: string;
  readonly seed: number;
  readonly clean: number;
  /** Under attack. */
  readonly robust: number;
}

/**
 * Clean and robust accuracy of trained models, one row each.
 *
 * @param options - `attack` says what robust accuracy is under: 'PGD-ℓ2, ε = 1.5, 20 steps'.
 */
export function tableModels(
  rows: readonly ModelAccuracy[],
  { provenance, attack }: { provenance: Provenance; attack: string },
): Table {
  const records = rows.map(({ method, seed, clean, robust }) => ({
    method,
    name: methodName(method),
    seed,
    clean: percent(clean),
    robust: percent(robust),
  }));
  return new Table(tableOf(records), {
    columns: [
      { name: 'name', title: 'Model' },
      { name: 'seed', title: 'Seed', digits: 0 },
      { name: 'clean', title: 'Accuracy (%)', digits: 2 },
      { name: 'robust', title: 'Robust accuracy (%)', digits: 2 },
    ],
    caption: `Robust: under ${attack}; an upper bound, a stronger attack may find more. ${describeProvenance(provenance)}`,
  });
}
