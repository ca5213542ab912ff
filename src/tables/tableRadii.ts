import { unique } from './measurements.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { average } from './statistics.js';
import { Table, tableOf } from './table.js';

/** A model of Figure 4, accuracies as fractions. */
export interface RadiusModel {
  /** ℓ2 radius of its PGD training; 0: standard training. */
  readonly epsilon: number;
  readonly seed: number;
  readonly clean: number;
  /** Under attack. */
  readonly robust: number;
}

/**
 * Clean and robust accuracy by radius of training, means over seeds.
 *
 * @param options - `attack` says what robust accuracy is under.
 */
export function tableRadii(
  rows: readonly RadiusModel[],
  { provenance, attack }: { provenance: Provenance; attack: string },
): Table {
  const records = unique(rows.map(({ epsilon }) => epsilon)).map((epsilon) => {
    const own = rows.filter((row) => row.epsilon === epsilon);
    return {
      epsilon,
      model: epsilon === 0 ? 'Standard' : `PGD-ℓ2, ε = ${epsilon}`,
      clean: percent(average(own.map(({ clean }) => clean))),
      robust: percent(average(own.map(({ robust }) => robust))),
    };
  });
  return new Table(tableOf(records), {
    columns: [
      { name: 'model', title: 'Model' },
      { name: 'clean', title: 'Accuracy (%)', digits: 2, best: 'highest' },
      { name: 'robust', title: 'Robust accuracy (%)', digits: 2, best: 'highest' },
    ],
    title: 'Accuracy by radius of training',
    caption: `Robust: under ${attack}, the same for all models; an upper bound, a stronger attack may find more. ${describeProvenance(provenance)}`,
  });
}
