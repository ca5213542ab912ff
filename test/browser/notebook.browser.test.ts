import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { exampleCurves, inCell } from './exampleFigures.js';
import { skip } from './chromium.js';
import { labSuite } from './labSuite.js';
import { keep, looksAsStored } from './pictures.js';

/** Milliseconds for one test; each takes a few seconds on an idle machine. */
const timeout = 120_000;

const widget = `import { explore, resnet, seeded, shapes } from 'roarbook';
const { test } = shapes({ count: 4, test: 40, random: seeded(1) });
const model = resnet({ stem: 8, widths: [16, 16, 32], classes: test.classes.length, random: seeded(1) });
await explore(model, test)`;

/** A training; a thousand epochs are more than a fast machine ends before the test stops it. */
const training = ({ epochs = 1000, checkpoint = '' } = {}) =>
  `import { resnet, seeded, shapes, trainStandard } from 'roarbook';
const { train } = shapes({ count: 600, test: 4, random: seeded(1) });
const start = resnet({ stem: 8, widths: [16, 16, 32], classes: train.classes.length, random: seeded(1) });
const { history } = await trainStandard(start, train, {
  epochs: ${epochs}, batchSize: 50, learningRate: 0.1, random: seeded(2), label: 'a training', ${checkpoint}
});
history.length`;

/** What the file says of a training whose end it was not told. */
const lost = 'If the kernel has ended since, run the cell again';

/** What is shown of a progress display: its widget, or what the file keeps of it. */
const visible = (shown: Locator) => shown.filter({ visible: true });

describe('a notebook in JupyterLab', { skip }, () => {
  const { open } = labSuite();

  it('answers a moved slider with a new picture, by keyboard alone', { timeout }, async () => {
    const lab = await open([widget]);
    const { page } = lab;
    await lab.run(0);
    const attacked = lab.output(0).locator('img.widget-image').nth(1);
    await attacked.waitFor();
    const before = (await attacked.getAttribute('src')) ?? '';
    await lab.output(0).getByRole('combobox').last().focus();
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').getAttribute('role'), 'slider');
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    await lab.output(0).locator(`img.widget-image:nth-of-type(1):not([src="${before}"])`).nth(1).waitFor();
    const said = lab.output(0).getByText(/attacked: /);
    assert.equal(await attacked.getAttribute('title'), await visible(said).textContent());
    await keep(page, 'widget');
    const column = await lab.cell(0).locator('.jp-InputArea-editor').boundingBox();
    const controls = await lab.output(0).locator('.widget-dropdown').first().boundingBox();
    assert.ok((controls?.x ?? 0) >= (column?.x ?? NaN), 'the controls must stand below the code');
    const track = await lab.output(0).locator('.noUi-target').boundingBox();
    assert.ok((track?.width ?? 0) >= 100, `a slider must be long enough to drag, got ${track?.width} pixels`);
    // What the file keeps follows when the slider rests, hidden by the controls until they have no kernel.
    const still = lab.output(0).locator('[class^="roarbook-still"] img').nth(1);
    const last = (await still.getAttribute('src')) ?? '';
    assert.equal(await still.isVisible(), false);
    await lab.output(0).getByRole('slider').press('ArrowRight');
    await lab
      .output(0)
      .locator(`[class^="roarbook-still"] img:not([src="${last}"])`)
      .nth(1)
      .waitFor({ state: 'attached' });
    // Controls that have lost their kernel would move and change nothing.
    await lab.restartKernel();
    await still.waitFor();
    assert.equal(await lab.output(0).getByRole('slider').isVisible(), false);
    await lab.reopen();
    await still.waitFor();
    await lab
      .output(0)
      .getByText(/^PGD-ℓ2, ε = 0\.\d+, 10 steps$/)
      .waitFor();
    assert.equal(await lab.output(0).getByText('model not found').isVisible(), false);
    await keep(page, 'widget-reopened');
    await lab.start(0);
    await attacked.waitFor();
    assert.equal(await still.isVisible(), false);
  });

  it('stops a training, and goes on with it when the cell runs again', { timeout }, async () => {
    const lab = await open([training({ checkpoint: "checkpoint: 'training'" })]);
    await lab.start(0);
    await visible(lab.output(0).getByText(/epoch ([2-9]|\d\d+)\/1000/)).waitFor();
    await keep(lab.page, 'progress');
    await lab.page
      .locator('[data-command="notebook:interrupt-kernel"], [data-jp-item-name="interrupt"]')
      .first()
      .click();
    const said = lab.output(0).getByText(/a training: stopped at epoch \d+; run the cell again to continue/);
    await said.waitFor();
    const epoch = Number(/epoch (\d+)/.exec((await said.textContent()) ?? '')?.[1]);
    await lab.idle();
    await lab.start(0);
    // Its first report after the stop is of the epoch that was stopped, or of a later one.
    const progress = visible(lab.output(0).getByText(/epoch \d+\/1000/));
    await progress.waitFor();
    const now = Number(/epoch (\d+)\/1000/.exec((await progress.textContent()) ?? '')?.[1]);
    assert.ok(now >= epoch, `stopped at ${epoch}, went on at ${now}`);
    await lab.choose('Kernel', 'Interrupt Kernel');
    await said.waitFor();
    // A widget that is gone would be 'model not found' to whoever opens the file again.
    await lab.reopen();
    await said.waitFor();
    assert.doesNotMatch(lab.saved(), /widget-view/);
    await keep(lab.page, 'ended-reopened');
  });

  it('follows a training in a page that is loaded again', { timeout }, async () => {
    const lab = await open([training()]);
    await lab.start(0);
    const epoch = visible(lab.output(0).getByText(/epoch ([2-9]|\d\d+)\/1000/));
    await epoch.waitFor();
    assert.equal(await lab.output(0).getByText(lost).isVisible(), false);
    await lab.reopen();
    await epoch.waitFor();
    const before = (await epoch.textContent()) ?? '';
    await lab
      .output(0)
      .locator('.widget-html', { hasNotText: before, hasText: /epoch \d+\/1000/ })
      .waitFor();
    await keep(lab.page, 'reopened');
    await lab.choose('Kernel', 'Interrupt Kernel');
    await lab
      .output(0)
      .getByText(/stopped at epoch \d+; run the cell again to start over/)
      .waitFor();
  });

  it('says of a training whose kernel is gone how far it was and what to do', { timeout }, async () => {
    const lab = await open([training()]);
    await lab.start(0);
    await visible(lab.output(0).getByText(/epoch ([2-9]|\d\d+)\/1000/)).waitFor();
    await lab.restartKernel();
    await lab.reopen();
    await lab.output(0).getByText(lost).waitFor();
    await lab.output(0).getByText('a training').first().waitFor();
    assert.equal(await lab.output(0).getByText('model not found').isVisible(), false);
    await keep(lab.page, 'kernel-gone');
  });

  it('forgets its variables when the kernel is restarted', { timeout }, async () => {
    const lab = await open(['const kept = 5;', 'typeof kept']);
    await lab.run(0);
    await lab.run(1);
    assert.match((await lab.output(1).textContent()) ?? '', /number/);
    await lab.restartKernel();
    await lab.run(1);
    assert.match((await lab.output(1).textContent()) ?? '', /Cannot find name 'kept'|undefined/);
  });

  it('tells of a name while it is typed, and of a misspelt option', { timeout }, async () => {
    const misspelt =
      "import { seeded, shapes } from 'roarbook';\nshapes({ count: 4, tests: 4, random: seeded(1) })";
    const lab = await open(["import { pgd } from 'roarbook';\npgd", misspelt]);
    const { page } = lab;
    await lab.cell(0).locator('.cm-line').last().click();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+Tab');
    // Its paper, arXiv:1706.06083.
    await page.locator('.jp-Tooltip', { hasText: '1706.06083' }).waitFor();
    await keep(page, 'inspection');
    await lab.run(1);
    await lab
      .output(1)
      .getByText(/Did you mean .*test|'tests' does not exist/)
      .waitFor();
    await keep(page, 'misspelt');
  });

  it('reads in the dark theme and in a narrow window', { timeout }, async () => {
    const lab = await open([inCell(exampleCurves), training({ epochs: 2 })]);
    const { page } = lab;
    await lab.choose('Settings', 'Theme', 'JupyterLab Dark');
    // The body has no size of its own: it is never 'visible'.
    await page.locator('body[data-jp-theme-light="false"]').waitFor({ state: 'attached' });
    await lab.run(0);
    await lab.run(1);
    await lab
      .output(1)
      .getByText(/a training: loss .*, accuracy .* %/)
      .waitFor();
    // A figure is a white card with its own colours, text takes the page's.
    await looksAsStored(lab.output(0).locator('.vega-embed canvas'), 'figure');
    await keep(page, 'dark');
    await page.setViewportSize({ width: 480, height: 800 });
    await lab.output(0).locator('.vega-embed').scrollIntoViewIfNeeded();
    await keep(page, 'narrow');
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'));
  });
});
