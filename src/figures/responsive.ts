import type { Spec } from './spec.js';
import { roomTaken, unlimited } from './room.js';
import { isPictures, listOf, stepOf, widthOfNames, wrapped } from './wrapped.js';
import type { Named, Panel } from './wrapped.js';

/** Pixels of an axis and of names beside the curves. */
const besidePlot = 164;
/** Plots and the cells of a heat map become no narrower, in pixels. */
const least = { plot: 130, cell: 40 } as const;

/**
 * A specification that is drawn as it is where there is room, and fits a narrow one: panels that stand side by side stand
 * below each other, plots become narrower, pictures smaller, and a row of many pictures several rows; letters stay as
 * large as they are. It asks the parameter `room`, in pixels, which only `followsRoom` sets.
 *
 * @param full - Pixels of the whole drawing.
 * @param room - Pixels that it has until a viewer says otherwise.
 */
export function responsive(spec: Spec, full: number, room = unlimited.value): Spec {
  const params = [{ name: 'isWide', expr: `room >= ${full + roomTaken + 10}` }];
  const named: Named = (expr) => {
    const name = `fitted${params.length}`;
    params.push({ name, expr });
    return name;
  };
  const fitted = fit(spec, named);
  const own = (spec['params'] ?? []) as readonly Spec[];
  const config = spec['config'] as { params?: readonly Spec[] } | undefined;
  return {
    ...{ autosize: { type: 'pad', resize: true }, ...fitted, params: [...own, ...params] },
    config: { ...config, params: [...(config?.params ?? []), { ...unlimited, value: room }] },
  };
}

/** A specification for a column as narrow as a phone's; the same one where nothing is wide. */
export function narrow(spec: Spec): Spec {
  if (fit(spec, (expression) => expression) === spec) return spec;
  return responsive(spec, unlimited.value, phone);
}

/** Pixels of a phone's column, as if a menu stood beside. */
const phone = 398;

/** @param isLast - Of the panels side by side, which share one legend. */
function fit(spec: Panel, named: Named, isLast = true): Spec {
  const { hconcat, vconcat, ...rest } = spec;
  if (isPanels(hconcat)) {
    const columns = { signal: `isWide ? ${hconcat.length} : 1` };
    const last = hconcat.length - 1;
    return { ...rest, concat: withNames(hconcat).map((panel, i) => fit(panel, named, i === last)), columns };
  }
  if (isPanels(vconcat)) return { ...rest, vconcat: vconcat.map((panel) => fit(panel, named)) };
  if (isPictures(spec)) return wrapped(spec, named);
  if (isCells(spec)) return cells(spec, isLast);
  return isPlot(spec) ? plot(spec) : spec;
}

function isPanels(value: unknown): value is readonly Panel[] {
  return Array.isArray(value);
}

/** Of panels side by side the first alone may name the rows of all: below each other each one needs the names. */
function withNames([first, ...others]: readonly Panel[]): Panel[] {
  const axis = first?.encoding?.y?.axis as Spec | undefined;
  const labelled = { ...axis, labelExpr: "isWide ? '' : datum.label" };
  return [
    ...(first ? [first] : []),
    ...others.map((panel) =>
      panel.encoding?.y?.axis === null && axis
        ? { ...panel, encoding: { ...panel.encoding, y: { ...panel.encoding.y, axis: labelled } } }
        : panel,
    ),
  ];
}

interface Sized extends Panel {
  readonly encoding: { readonly x: Spec & { readonly scale?: Spec }; readonly y?: Spec };
}

function isPlot(spec: Panel): boolean {
  const { width, encoding } = spec;
  const { type, scale } = encoding?.x ?? {};
  const isOwn = scale !== null && !scale?.['range'] && !needsGroup(spec);
  return typeof width === 'number' && width > least.plot && type === 'quantitative' && isOwn;
}

/** Whether anything asks for the plot's own group, which then must be as wide as what is drawn: a user's brush, say. */
function needsGroup({ view, mark, params = [], layer = [] }: Panel): boolean {
  const isBrush = ({ select }: Spec) =>
    select === 'interval' || (select as Spec | undefined)?.['type'] === 'interval';
  const isClipped = (mark as { clip?: unknown } | undefined)?.clip === true;
  return Boolean(view) || isClipped || (params as readonly Spec[]).some(isBrush) || layer.some(needsGroup);
}

/** The plot's group stays narrow; what is drawn in it goes as far as the axis does. */
function plot(spec: Panel): Spec {
  const { width, encoding } = spec as Sized & { readonly width: number };
  const taken = roomTaken + (listOf(encoding.y) ? widthOfNames(spec) : besidePlot);
  const expr = `isWide ? ${width} : clamp(room - ${taken}, ${least.plot}, ${width})`;
  const x = { ...encoding.x, scale: { ...encoding.x.scale, range: [0, { expr }] } };
  return { ...spec, width: least.plot, encoding: { ...encoding, x } };
}

function isCells({ width, encoding }: Panel): boolean {
  return stepOf(width) !== undefined && Array.isArray(encoding?.x?.scale?.['domain']);
}

/** A heat map with narrower cells, and the legend of the last one below. */
function cells(spec: Panel, isLast: boolean): Spec {
  const { width, encoding, layer = [] } = spec as Sized;
  const step = stepOf(width) ?? 0;
  const count = (encoding.x.scale?.['domain'] as readonly unknown[]).length;
  const room = `(room - ${roomTaken + widthOfNames(spec)}) / ${count}`;
  const signal = `isWide ? ${step} : clamp(${room}, ${least.cell}, ${step})`;
  return { ...spec, width: { step: { signal } }, layer: isLast ? layer.map(legendBelow) : layer };
}

function legendBelow(layer: Spec): Spec {
  const { encoding } = layer as { encoding?: { color?: { legend?: object } } };
  if (!encoding?.color?.legend) return layer;
  const legend = {
    direction: 'vertical',
    ...encoding.color.legend,
    orient: { signal: "isWide ? 'right' : 'bottom'" },
  };
  return { ...layer, encoding: { ...encoding, color: { ...encoding.color, legend } } };
}
