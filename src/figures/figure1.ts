import type { RoarAccuracy } from '../tables/measurements.js';
import type { Provenance } from '../tables/provenance.js';
import { publishedFigure1 } from '../tables/published.js';
import type { Figure } from './figure.js';
import { roarCurves } from './roarCurves.js';

export interface Figure1Options {
  provenance: Provenance;
  /** Draws the published curves in a panel beside; default true. */
  published?: boolean;
}

/**
 * Figure 1 of the supplement: accuracy after removing the highest-ranked pixels and retraining, see `roarCurves`.
 *
 * @param rows - Any methods and levels; `random` and `mask` are drawn as controls.
 * @throws {ArgumentError} If there are no rows.
 */
export function figure1(
  rows: readonly RoarAccuracy[],
  { provenance, published = true }: Figure1Options,
): Figure {
  return roarCurves(rows, {
    name: 'figure1',
    provenance,
    title: 'Accuracy after removing the highest-ranked pixels and retraining',
    ranking: "Pixels are ranked by each model's saliency map",
    published: published ? publishedFigure1 : [],
  });
}
