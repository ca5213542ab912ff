import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { NotebookFile } from '../../src/notebook/notebookFile.js';
import { skip } from './chromium.js';
import { root } from './jupyter.js';
import { labSuite } from './labSuite.js';
import { keep } from './pictures.js';

/** Milliseconds for the whole tour in the smoke profile: 50 s on two cores, and several times that beside other work. */
const long = 240_000;

/** Whatever a cell says in red. */
const errors = ['error', 'stderr']
  .map((kind) => `[data-mime-type="application/vnd.jupyter.${kind}"]`)
  .join(', ');

describe('the tour in JupyterLab', { skip }, () => {
  const suite = labSuite();

  it('runs to the end without an error', { timeout: long }, async () => {
    const content = smoke(readFileSync(path.join(root, 'notebooks', 'tour.ipynb'), 'utf8'));
    const lab = await suite.open(content);
    await lab.choose('Run', 'Run All Cells');
    // The last one, with the provenance, is folded: it has no prompt.
    const isOpen = ({ metadata }: NotebookFile['cells'][number]) => !('jupyter' in metadata);
    const cells = content.cells.filter((cell) => cell.cell_type === 'code' && isOpen(cell)).length;
    const failed = lab.page.locator(errors);
    const done = lab.page.locator('.jp-CodeCell .jp-InputPrompt', { hasText: /\[\d+\]/ }).nth(cells - 1);
    await done.or(failed.first()).first().waitFor({ timeout: long, state: 'attached' });
    await keep(lab.page, 'tour');
    assert.deepEqual(await failed.allTextContents(), []);
    // Its one figure, drawn by JupyterLab's own Vega, and a finished line for each of the three trainings.
    assert.equal(await lab.page.locator('.jp-RenderedVegaCommon5 canvas, .vega-embed canvas').count(), 1);
    assert.equal(await lab.page.locator('progress').count(), 0);
    await keep(lab.page.locator('.vega-embed'), 'tour-maps');
  });
});

/** The notebook with its parameters set as a person would for a first try. */
function smoke(text: string): NotebookFile {
  const content = JSON.parse(text) as NotebookFile;
  for (const cell of content.cells)
    if (JSON.stringify(cell.metadata).includes('"parameters"'))
      Object.assign(cell, { source: "const profileName = 'smoke';\nconst dataset = 'shapes';" });
  return content;
}
