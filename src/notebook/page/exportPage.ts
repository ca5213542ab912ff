import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { headOf, joined, tagsOf, type NotebookCell, type NotebookFile } from '../notebookFile.js';
import { renderMarkdown, type PictureSource } from './markdown.js';
import { escapeHtml, renderOutput, type OutputOptions } from './outputs.js';
import { drawFigures, style } from './pageParts.js';

export interface PageOptions {
  /** The folder that pictures in Markdown are looked for in. */
  folder: string;
  /** Largest page in bytes; default 10 MB. A larger one leaves out the still pictures of its interactive figures. */
  limit?: number;
}

export interface Page {
  readonly html: string;
  readonly bytes: number;
  /** False if interactive figures have no still picture. */
  readonly hasFallbacks: boolean;
}

/**
 * A notebook as one HTML file that needs no other: pictures and Vega's code are inside, formulas are MathML, code is
 * folded. It runs what the notebook brings along as HTML, as any page of a notebook does.
 */
export function exportPage(notebook: NotebookFile, { folder, limit = 10_000_000 }: PageOptions): Page {
  const page = (fallbacks: boolean): Page => {
    const html = render(notebook, { folder, fallbacks });
    return { html, bytes: Buffer.byteLength(html), hasFallbacks: fallbacks };
  };
  const whole = page(true);
  return whole.bytes < limit ? whole : page(false);
}

function render(notebook: NotebookFile, options: { folder: string; fallbacks: boolean }): string {
  const body = notebook.cells.map((cell) => renderCell(cell, options)).join('\n');
  const script = body.includes('class="vega"') ? `<script>${vegaCode()}</script>${drawFigures}` : '';
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">` +
    `<title>${escapeHtml(titleOf(notebook))}</title>${style}</head>\n<body><main>\n${body}\n</main>${script}</body></html>\n`
  );
}

function renderCell(
  cell: NotebookCell,
  { folder, fallbacks }: { folder: string; fallbacks: boolean },
): string {
  const options: OutputOptions = { picture: embedded(cell, folder), fallbacks };
  const source = joined(cell.source);
  if (cell.cell_type === 'markdown') return `<section>${renderMarkdown(source, options)}</section>`;
  if (cell.cell_type === 'raw') return `<pre>${escapeHtml(source)}</pre>`;
  const summary = tagsOf(cell).includes('provenance') ? 'Provenance' : headOf(cell);
  const code = `<details class="code"><summary><code>${escapeHtml(summary)}</code></summary><pre>${escapeHtml(source)}</pre></details>`;
  const outputs = (cell.outputs ?? []).map((output) => renderOutput(output, options)).join('\n');
  return `<section>${code}${outputs}</section>`;
}

const mimes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
};

/** Puts attachments and pictures beside the notebook into the page; an address elsewhere stays. */
function embedded(cell: NotebookCell, folder: string): PictureSource {
  const { attachments = {} } = cell as { attachments?: Record<string, Record<string, string>> };
  return (address) => {
    const attached = Object.entries(attachments[address.replace(/^attachment:/, '')] ?? {})[0];
    if (attached) return `data:${attached[0]};base64,${joined(attached[1])}`;
    const file = path.resolve(folder, address);
    const mime = mimes[path.extname(file).toLowerCase()];
    if (/^[a-z]+:/i.test(address) || !mime || !existsSync(file)) return address;
    return `data:${mime};base64,${readFileSync(file).toString('base64')}`;
  };
}

/** Vega for browsers, as the package that draws the pictures brings it. */
function vegaCode(): string {
  const file = createRequire(import.meta.url).resolve('vega/build/vega.min.js');
  return readFileSync(file, 'utf8').replaceAll('</script', '<\\/script');
}

function titleOf({ cells }: NotebookFile): string {
  const heads = cells.map((cell) => /^# +(.*)$/m.exec(joined(cell.source))?.[1]);
  return heads.find((head) => head !== undefined) ?? 'Notebook';
}
