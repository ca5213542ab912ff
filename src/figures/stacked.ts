/** In a narrower window JupyterLab, its list of files open, has less room than two panels side by side take. */
const wideWindow = 1280;
/** Pixels of an axis and of names beside the curves. */
const besidePanel = 140;

/** Text above a figure, line by line. */
export interface Heading {
  readonly text: readonly string[];
  readonly subtitle: readonly string[];
}

interface Panel {
  readonly width?: unknown;
  readonly encoding?: { readonly y?: { readonly axis?: unknown } };
}

/**
 * What lets panels stand below each other in a narrow window, as Vega-Lite's `usermeta`: a patch that vega-embed, which
 * draws figures in JupyterLab and VS Code, applies to the drawing. Other viewers and still pictures leave it aside. It
 * asks the width of the window, since Vega cannot know that of a notebook's output.
 *
 * @param spec - Nothing is patched but panels side by side that each name both axes.
 * @param heading - Title and caption, wrapped to so many pixels; `wide` is the width of the panels side by side.
 */
export function stacked(
  { hconcat }: Readonly<Record<string, unknown>>,
  { wide, heading }: { wide: number; heading(width: number): Heading },
): Record<string, unknown> {
  const panels = Array.isArray(hconcat) ? (hconcat as readonly Panel[]) : [];
  const widths = panels.map(({ width }) => Number(width));
  const isWhole = panels.every(({ encoding }) => encoding?.y && encoding.y.axis !== null);
  if (panels.length < 2 || !isWhole || widths.some(Number.isNaN)) return {};
  const [narrow, side] = [heading(Math.max(...widths) + besidePanel), heading(wide)];
  const add = (path: string, stack: unknown, beside: unknown) => ({
    ...{ op: 'add', path },
    value: {
      signal: `windowSize()[0] < ${wideWindow} ? ${JSON.stringify(stack)} : ${JSON.stringify(beside)}`,
    },
  });
  const patch = [
    add('/layout/columns', 1, panels.length),
    add('/title/text', narrow.text, side.text),
    add('/title/subtitle', narrow.subtitle, side.subtitle),
  ];
  return { usermeta: { embedOptions: { patch } } };
}
