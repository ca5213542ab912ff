import { methodName } from './methods.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { Table, tableOf } from './table.js';

/** How an explainer's maps correlate with those that it learned. */
export interface ExplainerAgreement {
  readonly method: string;
  readonly seed: number;
  /** Signed, mean over test images. */
  readonly mean: number;
  /** 95 % interval of the mean over test images. */
  readonly interval: readonly [low: number, high: number];
  readonly count: number;
}

/** How well explainers have learned, one row for each network. */
export function tableAgreement(
  rows: readonly ExplainerAgreement[],
  { provenance }: { provenance: Provenance },
): Table {
  const records = rows.map(({ method, seed, mean, interval: [, high] }) => ({
    ...{ method, name: methodName(method), seed, correlation: mean, half: high - mean },
  }));
  const images = Math.max(...rows.map(({ count }) => count)).toLocaleString('en');
  return new Table(tableOf(records), {
    title: 'Correlation of the explainers’ maps with the maps that they learned',
    columns: [
      { name: 'name', title: 'Explainer' },
      { name: 'seed', title: 'Seed', digits: 0 },
      { name: 'correlation', title: 'Mean correlation', digits: 2, spread: 'half' },
    ],
    caption:
      `Pearson's, signed, over all entries of a test image's two maps; ±: half the 95 % interval over ${images} test images. ` +
      describeProvenance(provenance),
  });
}
