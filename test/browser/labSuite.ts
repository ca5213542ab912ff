import { after, afterEach, before } from 'node:test';
import type { NotebookFile } from '../../src/notebook/notebookFile.js';
import { launch } from './chromium.js';
import { Jupyter } from './jupyter.js';
import { LabPage } from './labPage.js';

export interface LabSuite {
  /** Opens a notebook of such code cells, or a whole one, with a kernel of its own. */
  open(content: readonly string[] | NotebookFile): Promise<LabPage>;
}

/** A JupyterLab server and a browser for the tests of the suite in which it is called; each test ends what it opened. */
export function labSuite(): LabSuite {
  let jupyter: Jupyter;
  let chromium: Awaited<ReturnType<typeof launch>>;
  let lab: LabPage | undefined;
  let opened = 0;
  before(async () => {
    [jupyter, chromium] = await Promise.all([Jupyter.start(), launch()]);
  });
  afterEach(async (test) => {
    await lab?.end(test);
    lab = undefined;
  });
  after(async () => {
    await chromium?.close();
    await jupyter?.stop();
  });
  return {
    async open(content) {
      const notebook = 'cells' in content ? content : LabPage.notebook(content);
      // JupyterLab keeps kernels by the file's name.
      const page = { name: `${opened++}.ipynb`, content: notebook };
      return (lab = await LabPage.open({ browser: chromium.browser, jupyter }, page));
    },
  };
}
