import type { Spec } from './figure.js';

/** Pixels of a plot that leave room for its axis and for names beside it in a column as narrow as a phone's. */
const plotWidth = 190;
/** The widest plot that stays as it is. */
const fitting = 280;
/** So many columns of pictures stand side by side: the images' own and three of maps, each as large as on a wide page. */
const mapColumns = 3;
/** A grid of so many columns stays whole: its pictures become smaller by a third at most. */
const wholeGrid = 6;
/** So many images of a row stand side by side. */
const rowImages = 4;

/**
 * A specification for a column as narrow as a phone's: panels that stood side by side stand below each other, wide plots
 * become narrower, and letters stay as large as they were. A grid of many columns of pictures becomes several, each with
 * the images again, and a long row of images several rows.
 */
export function narrow(spec: Spec): Spec {
  const { hconcat, vconcat, width, ...rest } = spec;
  if (isPanels(hconcat)) return { ...rest, vconcat: named(hconcat).map(narrow) };
  if (isPanels(vconcat)) return { ...rest, vconcat: vconcat.map(narrow) };
  if (isGrid(spec)) return inParts(spec);
  if (isRow(spec)) return inRows(spec);
  if (typeof width === 'number' && width > fitting) return { ...rest, width: plotWidth };
  return spec;
}

/** Of panels side by side the first alone may name the rows of all: below each other each one needs the names. */
function named([first, ...others]: readonly Panel[]): Panel[] {
  const axis = first?.encoding?.y?.axis;
  return [
    ...(first ? [first] : []),
    ...others.map((panel) =>
      panel.encoding?.y?.axis === null && axis
        ? { ...panel, encoding: { ...panel.encoding, y: { ...panel.encoding.y, axis } } }
        : panel,
    ),
  ];
}

interface Panel extends Spec {
  readonly encoding?: { readonly y?: { readonly axis?: unknown } };
}

function isPanels(value: unknown): value is readonly Panel[] {
  return Array.isArray(value);
}

/** Pictures in columns that are named in their order; the first column holds the images. */
interface Grid extends Spec {
  readonly data: { readonly values: readonly { readonly column: string }[] };
  readonly encoding: { readonly x: Spec & { readonly sort: readonly string[] } };
}

function isGrid(spec: Spec): spec is Grid {
  const { encoding } = spec as { encoding?: { x?: { field?: unknown; sort?: unknown } } };
  const { field, sort } = encoding?.x ?? {};
  return field === 'column' && Array.isArray(sort) && sort.length > wholeGrid;
}

/** A grid's columns in parts of nearly the same size, below each other. */
function inParts({ data, encoding, width, height, layer, ...rest }: Grid): Spec {
  const [first = '', ...maps] = encoding.x.sort;
  const parts = Math.ceil(maps.length / mapColumns);
  const end = (part: number) => Math.round((part * maps.length) / parts);
  const vconcat = Array.from({ length: parts }, (_, part) => {
    const sort = [first, ...maps.slice(end(part), end(part + 1))];
    const values = data.values.filter(({ column }) => sort.includes(column));
    return {
      ...{ data: { values }, width, height, layer },
      encoding: { ...encoding, x: { ...encoding.x, sort } },
    };
  });
  return { ...rest, vconcat };
}

/** Images in the order of their numbers, with what belongs to each below it. */
interface Row extends Spec {
  readonly layer: readonly { readonly data: { readonly values: readonly { readonly image: number }[] } }[];
}

function isRow(spec: Spec): spec is Row {
  const { encoding, layer } = spec as { encoding?: { x?: { field?: unknown } }; layer?: unknown };
  return encoding?.x?.field === 'image' && Array.isArray(layer) && imagesIn(spec as Row) > wholeGrid;
}

function imagesIn({ layer }: Row): number {
  return new Set(layer[0]?.data.values.map(({ image }) => image)).size;
}

/** A row of images in rows of nearly the same length, below each other. */
function inRows(row: Row): Spec {
  const { encoding, width, height, layer, ...rest } = row;
  const count = imagesIn(row);
  const rows = Math.ceil(count / rowImages);
  const end = (n: number) => Math.round((n * count) / rows);
  const vconcat = Array.from({ length: rows }, (_, n) => ({
    ...{ width, height, encoding },
    layer: layer.map(({ data, ...part }) => {
      const values = data.values.filter(({ image }) => image >= end(n) && image < end(n + 1));
      return { ...part, data: { values } };
    }),
  }));
  return { ...rest, vconcat };
}
