/** How an exported page looks: one column, both colour schemes, code folded, nothing wider than the window. */
export const style = `<style>
:root { color-scheme: light dark; --ink: #1a1a1a; --faint: #595959; --line: #d8d8d8; --page: #fff; --code: #f6f6f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --faint: #a8a8a8; --line: #444; --page: #1b1b1b; --code: #262626; }
}
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
section { margin: 0 0 1.2rem; }
section > div { overflow-x: auto; }
pre { overflow-x: auto; font: 13px/1.45 ui-monospace, monospace; margin: 0.4rem 0; }
code { font: 0.88em ui-monospace, monospace; }
.stderr { color: var(--faint); }
details.code > summary { color: var(--faint); cursor: pointer; }
details.code > pre { background: var(--code); padding: 0.6rem 0.8rem; }
section > table, section > div table { border-collapse: collapse; }
section > table :is(th, td) { padding: 0.2em 0.9em 0.2em 0; border-bottom: 1px solid var(--line); text-align: left; }
img, svg { max-width: 100%; }
.formula { display: block; overflow-x: auto; overflow-y: hidden; }
.vega { background: #fff; color: #1a1a1a; display: inline-block; max-width: 100%; }
.vega-bindings { padding: 0 10px 10px; }
#tip { position: fixed; z-index: 9; pointer-events: none; display: none; background: #fff; color: #1a1a1a;
  border: 1px solid #999; padding: 0.3em 0.6em; font-size: 12px; white-space: pre-line; }
@media print { details.code { display: none; } }
</style>`;

/** Draws each figure in the place of its picture; a figure that cannot be drawn keeps the picture. */
export const drawFigures = `<div id="tip" role="status"></div><script>
{
  const tip = document.getElementById('tip');
  const tooltip = (_handler, event, _item, value) => {
    const lines = value !== null && typeof value === 'object'
      ? Object.entries(value).map(([name, entry]) => name + ': ' + entry) : [value];
    tip.textContent = lines.join('\\n');
    tip.style.display = value === undefined || value === null || value === '' ? 'none' : 'block';
    tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + 'px';
    tip.style.top = Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 8) + 'px';
  };
  for (const place of document.querySelectorAll('.vega')) {
    const drawn = document.createElement('div');
    const spec = JSON.parse(place.querySelector('script').textContent);
    new vega.View(vega.parse(spec), { renderer: 'svg', container: drawn, hover: true, tooltip })
      .runAsync().then(() => place.replaceChildren(drawn), (error) => console.error(error));
  }
}
</script>`;
