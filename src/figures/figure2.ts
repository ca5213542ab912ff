import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import type { Figure } from './figure.js';
import { mapGrid, mapScale } from './mapGrid.js';
import type { MapGrid } from './mapGrid.js';
import { methodStyle } from './theme.js';

export interface Figure2Options {
  provenance: Provenance;
  /** Side of one picture in pixels; default 84. */
  side?: number;
}

/**
 * Figure 2 of the supplement: test images in rows, the models' saliency maps in columns.
 *
 * @throws {ArgumentError} If a map's length does not fit the images.
 */
export function figure2(grid: MapGrid, { provenance, ...options }: Figure2Options): Figure {
  return mapGrid(grid, {
    ...options,
    name: 'figure2',
    title: 'Saliency maps of the models',
    caption: [
      `Maps: gradient of the predicted class in the image, ${mapScale}`,
      describeProvenance(provenance),
    ],
    label: (method) => methodStyle(method).label,
  });
}
