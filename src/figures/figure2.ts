import { ArgumentError } from '../errors.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import { Figure } from './figure.js';
import { rasterUrl } from './raster.js';
import { methodStyle } from './theme.js';

/** Images and what several models' maps say of them; all arrays hold the same n images in the same order. */
export interface MapGrid {
  /** [n, H, W, C], bytes or float32 in [0, 1]; C is 1 or 3. */
  readonly images: Uint8Array | Float32Array;
  /** H, W, C of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** What stands beside each row: the classes' names. */
  readonly names: readonly string[];
  /** By method, one column each: signed or absolute maps [n, H, W, C] or [n, H, W]. */
  readonly maps: Readonly<Record<string, Float32Array>>;
}

export interface Figure2Options {
  provenance: Provenance;
  /** Side of one picture in pixels; default 84. */
  side?: number;
}

// Pictures are enlarged in the file by a whole factor, so that no viewer blurs their pixels.
const zoom = 6;
const gap = 6;

/**
 * Figure 2 of the supplement: test images in rows, the models' saliency maps in columns.
 *
 * A map is shown as the sum over channels of its absolute values, scaled per image so that its 99th percentile is
 * black.
 *
 * @throws {ArgumentError} If a map's length does not fit the images.
 */
export function figure2(grid: MapGrid, { provenance, side = 84 }: Figure2Options): Figure {
  const methods = Object.keys(grid.maps);
  const columns = ['Image', ...methods.map((method) => methodStyle(method).label)];
  // Rows are numbered, since two images may be of one class.
  const values = grid.names.flatMap((name, row) => {
    const urls = [imageUrl(grid, row), ...methods.map((method) => mapUrl(grid, method, row))];
    return columns.map((column, i) => ({ row, name, column, url: urls[i] }));
  });
  const rowNames = `datum.value < ${grid.names.length} ? ${JSON.stringify(grid.names)}[datum.value] : ''`;
  const axis = { title: null, ticks: false, domain: false, labelPadding: 8 };
  const spec = {
    data: { values },
    width: { step: side + gap },
    height: { step: side + gap },
    layer: [
      {
        mark: { type: 'image', width: side, height: side, aspect: false },
        encoding: { url: { field: 'url' } },
      },
      { mark: { type: 'rect', filled: false, stroke: '#c8c8c8', strokeWidth: 1 } },
    ],
    encoding: {
      x: {
        field: 'column',
        type: 'ordinal',
        sort: columns,
        scale: { paddingInner: gap / (side + gap), paddingOuter: 0 },
        axis: { ...axis, orient: 'top', labelAngle: 0 },
      },
      y: {
        field: 'row',
        type: 'ordinal',
        scale: { paddingInner: gap / (side + gap), paddingOuter: 0 },
        axis: { ...axis, labelExpr: rowNames },
      },
      tooltip: [
        { field: 'name', title: 'Class' },
        { field: 'column', title: 'Shown' },
      ],
    },
  };
  return new Figure(spec, {
    title: 'Saliency maps of the models',
    caption: [
      'Maps: gradient of the predicted class in the image, absolute values summed over channels; the darker, the ' +
        'larger, black from the 99th percentile of each map on.',
      describeProvenance(provenance),
    ],
    altText: `Grid of ${grid.names.length} test images (${grid.names.join(', ')}) beside the saliency maps of: ${columns.slice(1).join(', ')}.`,
    width: Math.max(360, columns.length * (side + gap) + 60),
  });
}

function imageUrl({ images, shape }: MapGrid, row: number): string {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const image = images.subarray(row * size, (row + 1) * size);
  const pixels =
    image instanceof Uint8Array ? image : Uint8Array.from(image, (value) => Math.round(value * 255));
  return rasterUrl({ pixels, height, width }, { zoom });
}

function mapUrl({ maps, shape, names }: MapGrid, method: string, row: number): string {
  const [height, width] = shape;
  const map = maps[method] ?? new Float32Array();
  const channels = map.length / (names.length * height * width);
  if (!Number.isInteger(channels) || channels < 1)
    throw new ArgumentError(
      `figure2: maps.${method} must hold ${names.length} maps of ${height}×${width}, got ${map.length} numbers`,
    );
  const size = height * width * channels;
  const pixels = greys(magnitudes(map.subarray(row * size, (row + 1) * size), channels));
  return rasterUrl({ pixels, height, width }, { zoom });
}

/** Sums of absolute values over channels, [H·W]. */
function magnitudes(map: Float32Array, channels: number): Float64Array {
  return Float64Array.from({ length: map.length / channels }, (_, pixel) =>
    map.subarray(pixel * channels, (pixel + 1) * channels).reduce((sum, value) => sum + Math.abs(value), 0),
  );
}

/** White at 0, black from the 99th percentile on; a map of zeros is white. */
function greys(values: Float64Array): Uint8Array {
  const top =
    values.slice().sort()[Math.ceil(0.99 * values.length) - 1] || values.reduce((a, b) => Math.max(a, b), 0);
  return Uint8Array.from(values, (value) => 255 - Math.round(255 * Math.min(1, top > 0 ? value / top : 0)));
}
