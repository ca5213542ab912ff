import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import type { NotebookFile } from '../../src/notebook/notebookFile.js';
import { codeCell, notebook } from '../notebook/notebooks.js';
import type { Jupyter } from './jupyter.js';
import { keep, keepText } from './pictures.js';
import { record } from './record.js';

/** Milliseconds in which anything but a long computation must have happened; this machine may be busy. */
const patience = 60_000;

/** JupyterLab in a window, with one notebook open, used as a person would. */
export class LabPage {
  private constructor(
    readonly page: Page,
    private readonly jupyter: Jupyter,
    private readonly own: { messages: readonly string[]; file: string },
  ) {}

  /** Writes a notebook into the server's folder and opens it with its kernel. */
  static async open(
    { browser, jupyter }: { browser: Browser; jupyter: Jupyter },
    { name, content, width = 1100 }: { name: string; content: NotebookFile; width?: number },
  ): Promise<LabPage> {
    const file = path.join(jupyter.folder, name);
    writeFileSync(file, JSON.stringify(content));
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.setDefaultTimeout(patience);
    const lab = new LabPage(page, jupyter, { messages: record(page), file });
    try {
      await page.goto(jupyter.address(name));
      await lab.cell(0).waitFor();
      await lab.idle();
    } catch (error) {
      await lab.end({ name, passed: false });
      throw error;
    }
    return lab;
  }

  /** A notebook of such code cells. */
  static notebook(sources: readonly string[]): NotebookFile {
    return notebook(
      sources.map((source, i) => ({ ...codeCell(source), id: `cell-${i}`, execution_count: null })),
    );
  }

  /** The code cell of an index. */
  cell(index: number): Locator {
    return this.page.locator('.jp-Notebook .jp-CodeCell').nth(index);
  }

  /** What the code cell of an index shows. */
  output(index: number): Locator {
    return this.cell(index).locator('.jp-OutputArea').first();
  }

  /** Runs the code cell of an index as Ctrl+Enter does, without waiting for its end. */
  async start(index: number): Promise<void> {
    await this.cell(index).locator('.cm-content').click();
    await this.page.keyboard.press('Control+Enter');
  }

  /** Runs a code cell to its end. */
  async run(index: number, timeout = patience): Promise<void> {
    const prompt = this.cell(index).locator('.jp-InputPrompt');
    const before = (await prompt.textContent()) ?? '';
    await this.start(index);
    await prompt.filter({ hasText: /\[\d+\]/, hasNotText: before }).waitFor({ timeout, state: 'attached' });
  }

  /** Restarts the kernel by the menu. */
  async restartKernel(): Promise<void> {
    await this.choose('Kernel', 'Restart Kernel…');
    await this.page.locator('.jp-Dialog button.jp-mod-accept').click();
    await this.idle();
  }

  /** Saves the notebook and loads the page again; the kernel goes on. */
  async reopen(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await this.page.locator('.jp-mod-dirty').waitFor({ state: 'detached' });
    await this.page.reload();
    await this.cell(0).waitFor();
  }

  /** The notebook's file as it was last saved. */
  saved(): string {
    return readFileSync(this.own.file, 'utf8');
  }

  /** Chooses from the menus by the entries' names: 'Settings', 'Theme', 'JupyterLab Dark'. */
  async choose(menu: string, ...entries: readonly string[]): Promise<void> {
    await this.page.locator('.lm-MenuBar-item').getByText(menu, { exact: true }).click();
    for (const entry of entries)
      await this.page.locator('.lm-Menu-itemLabel').getByText(entry, { exact: true }).click();
  }

  /** Waits until the kernel has nothing to do; the status bar knows it, the toolbar says so of a missing one too. */
  async idle(timeout = patience): Promise<void> {
    await this.page.locator('#jp-main-statusbar', { hasText: '(Roarbook) | Idle' }).waitFor({ timeout });
  }

  /** Keeps the window and what was said in it, under the name of a test that failed. */
  private async keepFailure(name: string): Promise<void> {
    const file = `failed ${name}`.replace(/\W+/g, '-');
    keepText(this.own.messages.join('\n'), file);
    await keep(this.page, file);
  }

  /** What follows a test: keeps what one that failed has seen, then closes. */
  async end(test: { name: string; passed?: boolean }): Promise<void> {
    if (test.passed === false) await this.keepFailure(test.name);
    await this.close();
  }

  /** Closes the window and ends its kernel: one that goes on computing would slow down the next test. */
  private async close(): Promise<void> {
    await this.page.close();
    await this.jupyter.endKernels();
  }
}
