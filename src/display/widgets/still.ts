const kept = (id: string) => `.jp-OutputArea-child:has(.roarbook-still-${id})`;

/**
 * HTML that the file keeps for when a widget has no kernel, where JupyterLab says 'model not found': it hides the output
 * that follows it, which must be the widget's.
 *
 * @param id - Names the pair; see `hidesStill`.
 */
export function stillHtml(id: string, html: string): string {
  const style = `<style>${kept(id)} + .jp-OutputArea-child { display: none; }</style>`;
  return `<div class="roarbook-still-${id}">${html}</div>${style}`;
}

/** Within a widget: while it is alive it hides what the file keeps, and shows itself again. */
export function hidesStill(id: string): string {
  const hidden = `${kept(id)} { display: none !important; }`;
  return `<style>${hidden} ${kept(id)} + .jp-OutputArea-child { display: table !important; }</style>`;
}
