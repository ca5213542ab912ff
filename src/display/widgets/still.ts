const kept = (id: string) => `.jp-OutputArea-child:has(.roarbook-still-${id})`;
const live = (id: string) => `.roarbook-live-${id}`;

/**
 * HTML that the file keeps for when a widget has no kernel, where JupyterLab says 'model not found'. Of this output and
 * the one that follows it, which must be the widget's, one is hidden: the widget unless it is alive.
 *
 * Neither is told how to be shown, which JupyterLab's versions do differently.
 *
 * @param id - Names the pair; see `hidesStill`.
 */
export function stillHtml(id: string, html: string): string {
  const dead = `${kept(id)} + .jp-OutputArea-child:not(:has(${live(id)}))`;
  const replaced = `${kept(id)}:has(+ .jp-OutputArea-child ${live(id)})`;
  const style = `<style>${dead}, ${replaced} { display: none; }</style>`;
  return `<div class="roarbook-still-${id}">${html}</div>${style}`;
}

/** Within a widget: while it is alive it shows in the place of what the file keeps. */
export function hidesStill(id: string): string {
  return `<span class="${live(id).slice(1)}" hidden></span>`;
}
