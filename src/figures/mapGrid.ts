import { methodName } from '../tables/methods.js';
import { Figure } from './figure.js';
import type { Spec } from './figure.js';
import { imageUrls, mapUrls } from './pictures.js';
import type { Shape } from './pictures.js';
import { textSizes } from './theme.js';

/** Images and what several maps say of them; all arrays hold the same n images in the same order. */
export interface MapGrid {
  /** [n, H, W, C], bytes or float32 in [0, 1]; C is 1 or 3. */
  readonly images: Uint8Array | Float32Array;
  /** H, W, C of one image. */
  readonly shape: Shape;
  /** What stands beside each row: the classes' names. */
  readonly names: readonly string[];
  /** By method, one column each: signed or absolute maps [n, H, W, C] or [n, H, W]. */
  readonly maps: Readonly<Record<string, Float32Array>>;
}

/** What stands around the grid, and how it is laid out. */
export interface MapGridOptions {
  /** Said in bold above the grid. */
  title: string;
  /** What the maps are, then where they come from; default how a map becomes a picture. */
  caption?: readonly string[];
  /** The heads of the columns, by method; default the methods' names in the paper. */
  label?(method: string): string;
  /** The function that draws, for messages; default 'mapGrid'. */
  name?: string;
  /** The methods from left to right; default their order in `maps`, where numbers come first. */
  order?: readonly string[];
  /** Side of one picture in pixels; default 84. */
  side?: number;
  /** What the rows are: 'images' (default), or 'methods', for many methods and few images. */
  rows?: 'images' | 'methods';
}

const gap = 6;

/** How a map becomes a picture, for captions. */
export const mapScale =
  'absolute values summed over channels; the darker, the larger, black from the 99th percentile of each map on.';

/**
 * Images in rows, their maps in columns: absolute values summed over channels.
 *
 * @example
 * const saliencies = await mapDataset(test, (images) => saliency(model, images));
 * const [pictures, names] = [new Float32Array(test.images), Array.from(test.labels, String)];
 * mapGrid({ images: pictures, shape: test.shape, names, maps: { saliency: saliencies } }, { title: 'Maps' });
 * @throws {ArgumentError} If a map's length does not fit the images.
 */
export function mapGrid(
  grid: MapGrid,
  { title, name = 'mapGrid', side = 84, rows = 'images', ...options }: MapGridOptions,
): Figure {
  const { caption = [`Maps: ${mapScale}`], label = methodName } = options;
  const count = grid.names.length;
  const methods = options.order ?? Object.keys(grid.maps);
  const columns = ['Image', ...methods.map(label)];
  const pictures = [
    imageUrls(grid.images, grid.shape),
    ...methods.map((method) =>
      mapUrls(grid.maps[method] ?? new Float32Array(), {
        name: `${name}: maps.${method}`,
        count,
        shape: grid.shape,
      }),
    ),
  ];
  // Rows are numbered, since two images may be of one class.
  const values = grid.names.flatMap((rowName, row) =>
    columns.map((column, i) => ({ row, name: rowName, column, url: pictures[i]?.[row] })),
  );
  return new Figure(gridSpec(values, { columns, names: grid.names, side, rows }), {
    title,
    caption,
    altText: `Grid of ${count} test images (${grid.names.join(', ')}) beside the maps: ${columns.slice(1).join(', ')}.`,
    width: Math.max(
      360,
      (rows === 'images' ? columns.length : count) * (side + gap) + (rows === 'images' ? 60 : 160),
    ),
  });
}

function gridSpec(
  values: readonly Spec[],
  {
    columns,
    names,
    side,
    rows,
  }: { columns: readonly string[]; names: readonly string[]; side: number; rows: 'images' | 'methods' },
): Spec {
  const rowNames = `datum.value < ${names.length} ? ${JSON.stringify(names)}[datum.value] : ''`;
  const axis = { title: null, ticks: false, domain: false, labelPadding: 8 };
  const scale = { paddingInner: gap / (side + gap), paddingOuter: 0 };
  const across = { orient: 'top', labelAngle: 0 };
  const methods = {
    ...{ field: 'column', type: 'ordinal', sort: columns, scale },
    axis: {
      ...axis,
      // Long names of methods take several lines where there is little room, which grow towards the pictures.
      ...(rows === 'images' && {
        ...across,
        labelPadding: 8 + (Math.max(...columns.map(lines)) - 1) * (textSizes.label + 2),
        labelExpr: "length(datum.label) > 12 ? split(datum.label, ' ') : datum.label",
      }),
    },
  };
  const images = {
    ...{ field: 'row', type: 'ordinal', scale },
    axis: { ...axis, ...(rows === 'methods' && across), labelExpr: rowNames },
  };
  return {
    data: { values },
    width: { step: side + gap },
    height: { step: side + gap },
    layer: [picture(side), pictureFrame],
    encoding: {
      ...(rows === 'images' ? { x: methods, y: images } : { x: images, y: methods }),
      tooltip: [
        { field: 'name', title: 'Class' },
        { field: 'column', title: 'Shown' },
      ],
    },
  };
}

/** How many lines a column's head takes; see its labelExpr. */
function lines(label: string): number {
  return label.length > 12 ? label.split(' ').length : 1;
}

/** A picture of the field `url`. */
export function picture(side: number): Spec {
  return {
    mark: { type: 'image', width: side, height: side, aspect: false },
    encoding: { url: { field: 'url' } },
  };
}

/** A thin frame, which tells a picture's white from the page's. */
export const pictureFrame: Spec = {
  mark: { type: 'rect', filled: false, stroke: '#c8c8c8', strokeWidth: 1 },
};
