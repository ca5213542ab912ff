import type { Spec } from './figure.js';

/** Pixels of a plot that leave room for its axis and for names beside it in a column as narrow as a phone's. */
const plotWidth = 190;
/** The widest plot that stays as it is. */
const fitting = 280;

/**
 * A specification for a column as narrow as a phone's: panels that stood side by side stand below each other, wide plots
 * become narrower, and letters stay as large as they were. Rows of pictures stay as they are.
 */
export function narrow(spec: Spec): Spec {
  const { hconcat, vconcat, width, ...rest } = spec;
  if (isPanels(hconcat)) return { ...rest, vconcat: named(hconcat).map(narrow) };
  if (isPanels(vconcat)) return { ...rest, vconcat: vconcat.map(narrow) };
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
