import { ArgumentError } from '../errors.js';
import { exceeds, median } from './bounds.js';
import type { BoundMeasurement } from './bounds.js';
import { unique } from './measurements.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { average } from './statistics.js';
import { Table, tableOf } from './table.js';

/**
 * The terms of ρ(x) ≤ alignment + ξ by radius of training: medians over images (means of them over seeds), how large ξ is
 * beside the alignment, and the share of images whose minimal attack goes farther than the bound.
 *
 * @param options - `attack` says how the minimal distance was found.
 * @throws {ArgumentError} If there are no rows.
 */
export function tableBound(
  rows: readonly BoundMeasurement[],
  { provenance, attack }: { provenance: Provenance; attack: string },
): Table {
  if (rows.length === 0) throw new ArgumentError('tableBound: there must be measurements, got none');
  const radii = unique(rows.map(({ epsilon }) => epsilon)).sort((a, b) => a - b);
  const records = radii.map((epsilon) => {
    const own = rows.filter((row) => row.epsilon === epsilon);
    const mean = (value: (row: BoundMeasurement) => number) => average(own.map(value));
    return {
      epsilon,
      alignment: mean(({ alignment }) => median(alignment)),
      xi: mean(({ xi }) => median(xi)),
      ratio: mean(({ xi, alignment }) => median(quotients(xi, alignment))),
      linearised: mean(({ linearised }) => median(linearised)),
      attacked: mean(({ attacked }) => median(attacked)),
      exceeding: percent(mean((row) => average([...exceeds(row)]))),
    };
  });
  const images = (rows[0]?.attacked.length ?? 0).toLocaleString('en');
  return new Table(tableOf(records), {
    columns: [
      { name: 'epsilon', title: 'ε', digits: 1 },
      { name: 'alignment', title: 'Alignment', digits: 2 },
      { name: 'xi', title: 'ξ', digits: 2 },
      { name: 'ratio', title: 'ξ / alignment', digits: 2 },
      { name: 'linearised', title: 'ρ̃, linearised', digits: 3 },
      { name: 'attacked', title: 'Minimal attack', digits: 3 },
      { name: 'exceeding', title: 'Attack > bound (%)', digits: 1 },
    ],
    title: 'The inequality ρ(x) ≤ alignment + ξ',
    caption:
      `Medians over the first ${images} test images, in pixel units; signed gradients of Ψ† = Ψᵢ − Ψⱼ. Minimal attack: ${attack}; its distance is an upper bound of ρ, so only images where it exceeds alignment + ξ are left open. ` +
      describeProvenance(provenance),
  });
}

function quotients(dividends: ArrayLike<number>, divisors: ArrayLike<number>): number[] {
  return Array.from(dividends, (dividend, i) => dividend / (divisors[i] ?? NaN));
}
