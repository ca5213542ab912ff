import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';

const require = createRequire(import.meta.url);

/** Draws every figure again as an interactive one, in place of its picture; where that fails the picture stays. */
const draw = `
const specs = JSON.parse(document.getElementById('specs').textContent);
const places = new Set(document.querySelectorAll('[data-figure]'));
function drawShown() {
  // What the width of the window hides is drawn when it comes to be seen.
  for (const place of [...places].filter((place) => place.offsetParent)) {
    places.delete(place);
    draw(place, specs[place.dataset.figure]);
  }
}
function draw(place, spec) {
  const drawing = document.createElement('div');
  const view = new vega.View(vega.parse(spec), {renderer: 'svg', container: drawing, hover: true, logLevel: vega.Error});
  view.tooltip(tooltip).runAsync().then(() => place.replaceChildren(drawing)).catch(() => {});
}
drawShown();
addEventListener('resize', drawShown);
function tooltip(handler, event, item, value) {
  const box = document.getElementById('tooltip');
  box.hidden = value == null || value === '';
  if (box.hidden) return;
  const rows = typeof value === 'object' ? Object.entries(value).map(([name, text]) => name + ': ' + text) : [String(value)];
  box.textContent = rows.join('\\n');
  box.style.left = Math.min(event.clientX + 12, innerWidth - box.offsetWidth - 8) + 'px';
  box.style.top = event.clientY + 12 + 'px';
}`;

/**
 * The scripts that make figures interactive, all within the page.
 *
 * @param specs - Vega-Lite specifications, in the order of the page's `data-figure` numbers.
 */
export async function interaction(specs: readonly object[]): Promise<string> {
  if (specs.length === 0) return '';
  // Compiled here, so that the page carries Vega alone.
  const compiled = specs.map((spec) => compile(JSON.parse(JSON.stringify(spec)) as TopLevelSpec).spec);
  const vega = await readFile(require.resolve('vega/build/vega.min.js'), 'utf8');
  return `<div id="tooltip" role="tooltip" hidden></div>
<script id="specs" type="application/json">${inScript(JSON.stringify(compiled))}</script>
<script>${inScript(vega)}</script>
<script>${draw}</script>`;
}

/** No text may end the script element that it stands in. */
function inScript(text: string): string {
  return text.replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--');
}
