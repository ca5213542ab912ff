import type { Spec } from './spec.js';
import { textWidth } from './fonts.js';
import { roomTaken } from './room.js';
import { textSizes } from './theme.js';

/** Pixels from one picture to the next at least, as much as a column's head takes. */
const leastStep = 56;
/** A part of a figure as Roarbook writes them. */
export interface Panel extends Spec {
  readonly encoding?: {
    readonly x?: Spec & { readonly scale?: Spec };
    readonly y?: Spec & { readonly scale?: Spec; readonly axis?: unknown };
  };
  readonly layer?: readonly Spec[];
}

/** Takes a Vega expression, and gives the name of a parameter that has its value. */
export type Named = (expression: string) => string;

/** Pictures in columns. */
interface Pictures extends Panel {
  readonly data: { readonly values: readonly Spec[] };
  readonly transform?: readonly Spec[];
  readonly layer: readonly Spec[];
  readonly encoding: { readonly x: Spec & { readonly field: string; readonly scale?: Spec } };
}

export function isPictures({ width, layer = [] }: Panel): boolean {
  const isImage = ({ mark, layer: inner }: Spec): boolean =>
    (mark as { type?: unknown } | undefined)?.type === 'image' ||
    (Array.isArray(inner) && inner.some(isImage));
  return stepOf(width) !== undefined && layer.some(isImage);
}

/**
 * Columns of pictures that become smaller in a narrow room, and stand in several blocks where they would become too small.
 * A first column 'Image' stands in each block.
 */
export function wrapped(spec: Panel, named: Named): Spec {
  const { data, transform = [], width, height, layer, encoding, ...rest } = spec as Pictures;
  const { scale, field, ...x } = encoding.x as Pictures['encoding']['x'];
  const columns = listOf(encoding.x);
  const count = columns?.length ?? new Set(data.values.map((row) => row[field])).size;
  const heads = columns?.[0] === 'Image' && count > 2 ? 1 : 0;
  const free = `room - ${roomTaken + widthOfNames(spec)}`;
  const most = named(
    `isWide ? ${count} : clamp(floor((${free}) / ${Math.max(leastStep, widestWord(spec))}), ${Math.min(2, count)}, ${count})`,
  );
  const blocks = `ceil(${count - heads} / (${most} - ${heads}))`;
  const across = named(`ceil(${count - heads} / ${blocks}) + ${heads}`);
  const step = stepOf(width) ?? 0;
  const factor = named(`isWide ? 1 : min(1, (${free}) / (${across} * ${step}))`);
  const sized = {
    width: { step: { signal: `${step} * ${factor}` } },
    height: { step: { signal: `${stepOf(height) ?? 0} * ${factor}` } },
    layer: layer.map((part) => scaled(part, factor)),
  };
  if (count <= 2) return { ...rest, data, transform, ...sized, encoding };
  const index = columns ? `indexof(${JSON.stringify(columns)}, datum.${field})` : `datum.${field}`;
  const block = `floor((${index} - ${heads}) / (${across} - ${heads}))`;
  return {
    ...{ ...rest, data },
    transform: [
      ...transform,
      { calculate: `${index} < ${heads} ? sequence(${blocks}) : [${block}]`, as: 'block' },
      { flatten: ['block'] },
    ],
    facet: { row: { field: 'block', type: 'ordinal', title: null, header: { labels: false } } },
    spec: {
      ...sized,
      encoding: {
        ...encoding,
        x: {
          ...{ ...x, field, scale: { ...scale, domain: undefined } },
          ...(columns && { sort: columns, axis: brokenHeads(x['axis'] as Spec | null, columns) }),
        },
      },
    },
    resolve: { scale: { x: 'independent' }, axis: { x: 'independent', y: 'independent' } },
  };
}

/** A mark's sizes in pixels, times a parameter. */
function scaled({ mark, layer, ...part }: Spec, factor: string): Spec {
  const times = ([name, value]: [string, unknown]) => {
    const isSize = ['width', 'height', 'xOffset', 'yOffset'].includes(name) && typeof value === 'number';
    return [name, isSize ? { expr: `${value} * ${factor}` } : value];
  };
  return {
    ...part,
    ...(typeof mark === 'object' && mark && { mark: Object.fromEntries(Object.entries(mark).map(times)) }),
    ...(Array.isArray(layer) && { layer: layer.map((inner: Spec) => scaled(inner, factor)) }),
  };
}

/** What stands along an axis, in order, where the encoding says so. */
export function listOf(encoding: Spec | undefined): readonly string[] | undefined {
  const { sort, scale } = (encoding ?? {}) as { sort?: unknown; scale?: { domain?: unknown } };
  const isNames = (list: unknown): list is readonly string[] =>
    Array.isArray(list) && list.every((name) => typeof name === 'string');
  return [sort, scale?.domain].find(isNames);
}

/** Names along an axis, else those of the images. */
function namesOf(axis: 'x' | 'y', { encoding, data }: Panel): readonly string[] {
  const { values = [] } = (data ?? {}) as { values?: readonly Spec[] };
  return listOf(encoding?.[axis]) ?? values.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

const inPixels = (text: string) => textWidth(text, { size: textSizes.label });

/** Panels below each other begin at one line, which the axis of a plot above moves so far. */
const axisAbove = 64;

/** Pixels of the names of a part's rows, with what is around them. */
export function widthOfNames(spec: Panel): number {
  if (spec.encoding?.y?.axis === null) return axisAbove;
  return Math.max(0, ...namesOf('y', spec).map(inPixels)) + 16;
}

/** Pixels of the longest line in the heads of the columns, or of a line below a picture. */
function widestWord({ encoding, data }: Panel): number {
  const { values = [] } = (data ?? {}) as { values?: readonly { readonly label?: readonly string[] }[] };
  const heads = encoding?.x?.['axis'] === null ? [] : namesOf('x', { encoding, data });
  const words = heads.flatMap(linesOf);
  return Math.max(0, ...[...words, ...values.flatMap(({ label = [] }) => label)].map(inPixels)) + 4;
}

/** A head in a narrow room: 'GradientSHAP' as 'Gradient', 'SHAP', but 'ε = 0.25' as it is. */
function linesOf(head: string): string[] {
  return head.length > longestHead ? head.replace(/([a-z])([A-Z])/g, '$1 $2').split(' ') : [head];
}

/** Letters of a head that stays in one line. */
const longestHead = 8;

/** Heads of columns that take several lines in a narrow room, which grow towards the pictures. */
function brokenHeads(axis: Spec | null, heads: readonly string[]): Spec | null {
  if (!axis) return null;
  const { labelExpr = 'datum.label', labelPadding } = axis;
  const broken = "split(replace(datum.label, regexp('([a-z])([A-Z])', 'g'), '$1 $2'), ' ')";
  const padding = 8 + (Math.max(...heads.map((head) => linesOf(head).length)) - 1) * (textSizes.label + 2);
  return {
    ...axis,
    labelExpr: `isWide ? (${String(labelExpr)}) : length(datum.label) > ${longestHead} ? ${broken} : datum.label`,
    labelPadding: { expr: `isWide ? ${Number(labelPadding)} : ${padding}` },
  };
}

/** Pixels from one column to the next, where they are given so. */
export function stepOf(width: unknown): number | undefined {
  const { step } = (width ?? {}) as { step?: unknown };
  return typeof step === 'number' ? step : undefined;
}
