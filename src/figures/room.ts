import type { Spec } from './spec.js';

/** Text above a figure, line by line. */
export interface Heading {
  readonly text: readonly string[];
  readonly subtitle: readonly string[];
}

/** Pixels that a viewer's menu beside the figure and the figure's own padding take of the room. */
export const roomTaken = 58;
/** Milliseconds between two looks at the room: it changes without an event when a side bar opens. */
const pause = 500;
/** Pixels to which title and caption may wrap. */
const columns = [270, 400, 540, 680];

/** Browsers draw a line up to so much wider than its letters are. */
const browserText = 1.03;

/** Pixels in which the viewer shows the figure; without a viewer that says so, more than any figure takes. */
export const unlimited = { name: 'room', value: 10_000 };

/**
 * What lets a figure know its room, as Vega-Lite's `usermeta`: a patch that vega-embed, which draws figures in JupyterLab
 * and VS Code, applies to the drawing; `drawnFor` does so on an exported page. Other viewers leave it aside.
 *
 * Vega itself can ask for the size of its own element alone, which vega-embed makes as wide as the drawing. What is
 * around that has the room. Where there is no such element the room is that of the window, less what stands beside a
 * notebook's output.
 *
 * @param wide - Pixels of the heading in a room that is wide enough.
 */
export function followsRoom(heading: (width: number) => Heading | undefined, wide: number): Spec {
  const around = 'event.dataflow._el.parentNode.parentNode';
  const isThere = `event.dataflow._el && event.dataflow._el.parentNode && ${around} && ${around}.clientWidth > 0`;
  const room = {
    name: unlimited.name,
    init: 'isValid(windowSize()[0]) ? windowSize()[0] - 200 : 10000',
    on: [
      {
        events: [
          { type: 'timer', throttle: pause },
          { source: 'window', type: 'resize' },
        ],
        update: `${isThere} ? ${around}.clientWidth : room`,
      },
    ],
  };
  const patch = [{ op: 'add', path: '/signals/-', value: room }, ...headings(heading, wide)];
  return { usermeta: { embedOptions: { patch } } };
}

function headings(heading: (width: number) => Heading | undefined, wide: number): Spec[] {
  const widths = [...columns.filter((width) => width < wide), wide];
  return (['text', 'subtitle'] as const).flatMap((part) => {
    const lines = widths.map((width) => JSON.stringify(heading(width)?.[part]));
    if (!heading(wide)) return [];
    const signal = lines.reduce(
      (shorter, own, i) =>
        `room >= ${Math.ceil((widths[i] ?? 0) * browserText) + roomTaken} ? ${own} : ${shorter}`,
    );
    return [{ op: 'add', path: `/title/${part}`, value: { signal } }];
  });
}

/** A compiled Vega specification with what `followsRoom` asks for, as vega-embed would draw it. */
export function drawnFor({ usermeta, ...vega }: Spec): Spec {
  const { embedOptions } = (usermeta ?? {}) as { embedOptions?: { patch?: readonly Operation[] } };
  const drawn = structuredClone(vega);
  for (const { path, value } of embedOptions?.patch ?? []) {
    const [, part = '', member = ''] = path.split('/');
    const whole = drawn[part];
    if (Array.isArray(whole)) whole.push(value);
    else if (typeof whole === 'object' && whole !== null) Object.assign(whole, { [member]: value });
  }
  return drawn;
}

interface Operation {
  readonly path: string;
  readonly value: unknown;
}
