const kept = (id: string) => `.jp-OutputArea-child:has(.roarbook-still-${id})`;
const live = (id: string) => `roarbook-live-${id}`;
/** After a restart the old widgets stay on the page, so marked. */
const connected = '.widget-html:not(.jupyter-widgets-disconnected)';

/**
 * HTML that the file keeps for when a widget has no kernel: of a file that is opened JupyterLab says 'model not found',
 * and after a restart it leaves controls that answer no more. Of this output and the one that follows it, which must be
 * the widget's, one is hidden: the widget unless it is alive.
 *
 * Neither is told how to be shown, which JupyterLab's versions do differently.
 *
 * @param id - Names the pair; see `hidesStill`.
 */
export function stillHtml(id: string, html: string): string {
  const alive = `${connected} .${live(id)}`;
  const dead = `${kept(id)} + .jp-OutputArea-child:not(:has(${alive}))`;
  const replaced = `${kept(id)}:has(+ .jp-OutputArea-child ${alive})`;
  const style = `<style>${dead}, ${replaced} { display: none; }</style>`;
  return `<div class="roarbook-still-${id}">${html}</div>${style}`;
}

/** Within an HTML widget: while it is alive it shows in the place of what the file keeps. */
export function hidesStill(id: string): string {
  return `<span class="${live(id)}" hidden></span>`;
}
