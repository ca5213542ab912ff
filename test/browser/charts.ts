import type { Locator } from 'playwright-core';
import * as vega from 'vega';
import { renderSvg, vegaSpec } from '../../src/figures/render.js';

/** What Vega draws for one datum. */
export interface Mark {
  /** 'symbol', 'text', 'line', … */
  readonly kind: string;
  readonly datum: Readonly<Record<string, unknown>>;
  readonly text?: string;
}

interface Item {
  readonly items?: readonly Item[];
  readonly marktype?: string;
  readonly x?: number;
  readonly y?: number;
  readonly bounds?: { readonly x1: number; readonly x2: number; readonly y1: number; readonly y2: number };
}

/**
 * Where in a chart the middle of a mark is, in pixels from its upper left corner: the first mark that fits.
 *
 * @param spec - Vega-Lite.
 */
export async function placeOf(
  spec: Readonly<Record<string, unknown>>,
  fits: (mark: Mark) => boolean,
): Promise<[x: number, y: number]> {
  // It also lets Vega measure text as the browser does, on which the room for the axis depends.
  await renderSvg(spec);
  const view = new vega.View(vega.parse(vegaSpec(spec)), { renderer: 'none' });
  await view.runAsync();
  // Vega's typings leave the scene's items out.
  const { root } = view.scenegraph() as unknown as { root: Item };
  const [left, top] = view.origin();
  const { left: paddingLeft, top: paddingTop } = view.padding() as { left: number; top: number };
  const found = find(root, fits);
  view.finalize();
  if (!found) throw new Error('placeOf: a mark must fit, got none');
  return [found[0] + left + paddingLeft, found[1] + top + paddingTop];
}

function find(
  item: Item & { readonly datum?: Mark['datum']; readonly text?: string },
  fits: (mark: Mark) => boolean,
  { x: dx, y: dy, kind }: { x: number; y: number; kind: string } = { x: 0, y: 0, kind: '' },
): [number, number] | undefined {
  const { bounds, datum, text, items = [] } = item;
  if (bounds && datum && fits({ kind, datum, ...(text !== undefined && { text }) }))
    return [dx + (bounds.x1 + bounds.x2) / 2, dy + (bounds.y1 + bounds.y2) / 2];
  // Groups move what they hold; a mark's own list does not.
  const inner = item.marktype
    ? { x: dx, y: dy, kind: item.marktype }
    : { x: dx + (item.x ?? 0), y: dy + (item.y ?? 0), kind };
  for (const child of items) {
    const found = find(child, fits, inner);
    if (found) return found;
  }
  return undefined;
}

/** Moves the mouse to a place of a chart, and clicks there if asked to. */
export async function hover(
  canvas: Locator,
  [x, y]: [number, number],
  { click = false } = {},
): Promise<void> {
  const position = { x, y };
  await canvas.hover({ position });
  if (click) await canvas.click({ position });
}
