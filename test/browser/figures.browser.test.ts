import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { methodStyle } from '../../src/figures/theme.js';
import { hover, placeOf, type Mark } from './charts.js';
import { skip } from './chromium.js';
import {
  exampleAlignment,
  exampleBeside,
  exampleCurves,
  exampleScatter,
  exampleSlider,
  inCell,
} from './exampleFigures.js';
import { labSuite } from './labSuite.js';
import { changed, keep, looksAsStored } from './pictures.js';

/** Milliseconds for one test; each takes a few seconds on an idle machine. */
const timeout = 120_000;

const pgd = methodStyle('pgd').label;

describe('figures and tables in JupyterLab', { skip }, () => {
  const { open } = labSuite();

  it('tell values of points, and toggle methods by click and by keyboard', { timeout }, async () => {
    const lab = await open([inCell(exampleCurves)]);
    await lab.run(0);
    const chart = lab.output(0).locator('.vega-embed canvas');
    const { spec } = exampleCurves;
    await looksAsStored(chart, 'figure');
    const isPoint = ({ kind, datum }: Mark) =>
      kind === 'symbol' && datum['label'] === pgd && datum['removed'] === 80;
    await hover(chart, await placeOf(spec, isPoint));
    const tooltip = lab.page.locator('#vg-tooltip-element.visible');
    await tooltip.getByText('30').first().waitFor();
    await keep(lab.page, 'tooltip');
    const isName = ({ text }: Mark) => text === pgd;
    const before = await chart.screenshot();
    await hover(chart, await placeOf(spec, isName), { click: true });
    await changed(chart, before);
    await looksAsStored(chart, 'figure-toggled');
    const choice = lab.output(0).getByRole('combobox', { name: 'Singled out' });
    assert.equal(await choice.inputValue(), pgd);
    await choice.focus();
    await looksAfterChange(chart, 'figure', () => lab.page.keyboard.press('Home'));
    await looksAfterChange(chart, 'figure-toggled', () => lab.page.keyboard.press('p'));
  });

  it('show image and maps of a clicked point, by keyboard of any image', { timeout }, async () => {
    const lab = await open([inCell(exampleScatter)]);
    await lab.run(0);
    const chart = lab.output(0).locator('.vega-embed canvas');
    const isShip = ({ kind, datum }: Mark) => kind === 'symbol' && datum['image'] === '2';
    await hover(chart, await placeOf(exampleScatter.spec, isShip), { click: true });
    const number = lab.output(0).getByRole('spinbutton');
    await number.focus();
    await looksAfterChange(chart, 'scatter-dog', () => lab.page.keyboard.press('ArrowDown'));
    assert.equal(await number.inputValue(), '1');
    await looksAfterChange(chart, 'scatter-ship', () => lab.page.keyboard.press('ArrowUp'));
  });

  it('say the values of points in a menu, by keyboard alone', { timeout }, async () => {
    const lab = await open([inCell(exampleAlignment)]);
    await lab.run(0);
    const chart = lab.output(0).locator('.vega-embed canvas');
    const menu = lab.output(0).getByRole('combobox', { name: 'Mean ± 95 % interval of' });
    const before = await chart.screenshot();
    await menu.focus();
    await lab.page.keyboard.press('End');
    // The ring around a point is thin.
    await changed(chart, before, 0.0003);
    assert.equal(await menu.inputValue(), '∇Ψ, ε = 1: 3.000 ± 1.960');
    await keep(lab.page, 'values');
    await lab.page.keyboard.press('Home');
    await looksAsStored(chart, 'figure4');
  });

  it('fit the room of the output, whatever window and side bar leave of it', { timeout }, async () => {
    // Without a title: one that has its title is an edited figure, which is shown as it is.
    const spec = { ...exampleBeside.spec, title: undefined };
    const lab = await open([
      `import { Figure } from 'roarbook';\nnew Figure(${JSON.stringify(spec)}, { title: 'Both panels', width: 700 })`,
    ]);
    await lab.run(0);
    const chart = lab.output(0).locator('.vega-embed canvas');
    const output = lab.output(0).locator('.jp-OutputArea-output');
    const isWide = async () => {
      const { width, height } = (await chart.boundingBox()) ?? { width: 0, height: 1 };
      return width > height;
    };
    const stands = async (wide: boolean, name: string) => {
      const end = performance.now() + 20_000;
      while ((await isWide()) !== wide) assert.ok(performance.now() < end, `${name}: it must change`);
      const sizes = await output.evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
      assert.ok(sizes.scrollWidth <= sizes.clientWidth, `${name}: ${JSON.stringify(sizes)}`);
      await keep(lab.page, `beside-${name}`);
    };
    // The list of files is open, and takes the room of a panel.
    await stands(false, 'side-bar');
    await lab.page.keyboard.press('Control+b');
    await stands(true, 'no-side-bar');
    await lab.page.setViewportSize({ width: 480, height: 900 });
    await stands(false, '480');
    await lab.page.setViewportSize({ width: 1400, height: 900 });
    await stands(true, '1400');
  });

  it('move through the radii of Figure 3 by keyboard, while the kernel is busy', { timeout }, async () => {
    const lab = await open([inCell(exampleSlider), 'await new Promise(() => {})']);
    await lab.run(0);
    await lab.start(1);
    const chart = lab.output(0).locator('.vega-embed canvas');
    await lab.output(0).getByRole('slider').focus();
    // The notebook takes the arrow keys for itself.
    await looksAfterChange(chart, 'figure3-moved', () => lab.page.keyboard.press('PageDown'));
  });

  it('sort a table by a click on a head, and by keyboard', { timeout }, async () => {
    const rows = [
      { method: 'IG', accuracy: 9.5 },
      { method: 'Saliency', accuracy: 80 },
      { method: 'Occlusion', accuracy: 70.25 },
    ];
    const lab = await open([`import { table } from 'roarbook';\ntable(${JSON.stringify(rows)})`]);
    await lab.run(0);
    const table = lab.output(0).locator('table');
    const order = () => table.locator('tbody th').allTextContents();
    assert.deepEqual(await order(), ['IG', 'Saliency', 'Occlusion']);
    await table.getByRole('columnheader', { name: 'method' }).click();
    assert.deepEqual(await order(), ['IG', 'Occlusion', 'Saliency']);
    await lab.page.keyboard.press('Tab');
    await lab.page.keyboard.press('Enter');
    assert.deepEqual(await order(), ['IG', 'Occlusion', 'Saliency']);
    await lab.page.keyboard.press('Space');
    assert.deepEqual(await order(), ['Saliency', 'Occlusion', 'IG']);
    const head = table.getByRole('columnheader', { name: 'accuracy' });
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    await keep(lab.page, 'table');
  });
});

/** Does something that must change an element, and compares how it then looks. */
async function looksAfterChange(element: Locator, name: string, act: () => Promise<void>): Promise<void> {
  const before = await element.screenshot();
  await act();
  await changed(element, before);
  await looksAsStored(element, name);
}
