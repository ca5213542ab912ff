import type { Spec } from './figure.js';

/** A row of a figure's data that the menu offers. */
export interface Listed {
  /** What the menu says of it: which point it is, and its values with their units. No two are the same. */
  readonly entry: string;
}

export interface Value {
  readonly value: number;
  /** Half its 95 % interval, if there is one. */
  readonly half?: number | undefined;
  /** Decimal places. */
  readonly digits: number;
  /** Said after the value: ' %'; default nothing. */
  readonly unit?: string;
}

/** What the menu says of a point: 'PGD, 80 %: 30.0 ± 1.2 %'. Short, since a menu is as wide as its longest entry. */
export function entryOf(point: string, { value, half, digits, unit = '' }: Value): string {
  const interval = half === undefined ? '' : ` ± ${half.toFixed(digits)}`;
  return `${point}: ${value.toFixed(digits)}${interval}${unit}`;
}

/** Rows that the menu offers and rings, and that nothing else draws: the single seeds behind a mean. */
export function onlyListed(values: readonly Listed[]): Spec {
  return { data: { values }, layer: [] };
}

// To screen readers the menu says it.
const ink = { stroke: '#1a1a1a', strokeWidth: 2, filled: false, opacity: 1, aria: false } as const;
/** What marks the chosen row in its place. */
const rings = {
  point: { type: 'point', shape: 'circle', size: 220, ...ink },
  cell: { type: 'rect', ...ink },
} as const;

/**
 * The figure with a menu below it that says the values of each listed row and rings the chosen one: what tooltips tell
 * the mouse, for the keyboard and for screen readers. It runs in the viewer, without the kernel.
 *
 * @param spec - Panels of layers; rows of their `data.values` that are `Listed` are offered, in their order.
 * @param label - Stands before the menu, and says once what each entry's numbers are: 'Mean ± 95 % interval of'.
 * @param ring - What a row is drawn as.
 */
export function pointMenu(spec: Spec, label: string, ring: keyof typeof rings = 'point'): Spec {
  const entries = entriesOf(spec);
  const choice = {
    name: 'listed',
    value: null,
    bind: { input: 'select', options: [null, ...entries], labels: ['–', ...entries], name: `${label} ` },
  };
  return { params: [choice], ...ringed(spec, rings[ring]) };
}

const parts = ['hconcat', 'vconcat', 'layer'] as const;

function entriesOf(spec: Spec): string[] {
  const inner = parts.flatMap((part) => (spec[part] as readonly Spec[] | undefined) ?? []);
  return [...rowsOf(spec).map(({ entry }) => entry), ...inner.flatMap(entriesOf)];
}

function rowsOf({ data }: Spec): readonly Listed[] {
  const { values = [] } = (data ?? {}) as { values?: readonly Spec[] };
  return values.filter((row): row is Spec & Listed => typeof row['entry'] === 'string');
}

/** Each part that brings listed rows, with a ring over its layers. */
function ringed(spec: Spec, mark: Spec): Spec {
  const found = parts.find((part) => Array.isArray(spec[part]));
  if (!found) return spec;
  const inner = (spec[found] as readonly Spec[]).map((part) => ringed(part, mark));
  // A figure's own colours are for its points.
  const encoding = { color: { value: ink.stroke } };
  const ring = { transform: [{ filter: 'datum.entry === listed' }], mark, encoding };
  return { ...spec, [found]: rowsOf(spec).length > 0 ? [...inner, ring] : inner };
}
