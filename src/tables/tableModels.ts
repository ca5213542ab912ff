import { unique } from './measurements.js';
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
  /** Under plain PGD. */
  readonly robust: number;
  /** Under the strong attack, where it was run. */
  readonly strong?: number;
}

/**
 * Clean and robust accuracy of trained models, one row each.
 *
 * A model that withstands plain PGD and falls to the strong attack hides its gradients and is not robust.
 *
 * @param options - `attack` says what robust accuracy is under: 'PGD-ℓ2, ε = 1.5, 20 steps'; `strongAttack` likewise,
 *   where it was run.
 */
export function tableModels(
  rows: readonly ModelAccuracy[],
  { provenance, attack, strongAttack }: { provenance: Provenance; attack: string; strongAttack?: string },
): Table {
  const records = rows.map(({ method, seed, clean, robust, strong }) => ({
    method,
    name: methodName(method),
    seed,
    clean: percent(clean),
    robust: percent(robust),
    strong: strong === undefined ? null : percent(strong),
  }));
  // With several seeds the best row would be the luckiest one.
  const best =
    unique(rows.map(({ method }) => method)).length === rows.length ? { best: 'highest' as const } : {};
  return new Table(tableOf(records), {
    title: 'Accuracy of the trained networks',
    columns: [
      { name: 'name', title: 'Model' },
      { name: 'seed', title: 'Seed', digits: 0 },
      { name: 'clean', title: 'Accuracy (%)', digits: 2, ...best },
      { name: 'robust', title: 'Under PGD (%)', digits: 2, ...best },
      ...(strongAttack ? [{ name: 'strong', title: 'Under the strong attack (%)', digits: 2, ...best }] : []),
    ],
    caption:
      (strongAttack
        ? `Under PGD: ${attack}. Under the strong attack: ${strongAttack}; a network that withstands the first and not ` +
          'the second hides its gradients. Both are upper bounds. '
        : `Under PGD: ${attack}; an upper bound, a stronger attack may find more. `) +
      describeProvenance(provenance),
  });
}
