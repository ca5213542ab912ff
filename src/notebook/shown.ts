import { progressMime } from '../display/progress.js';
import { comparableHtml } from './htmlTable.js';
import { joined, type CellOutput, type NotebookCell } from './notebookFile.js';

/** A part of what a cell shows that another run must show too. */
export interface ShownPart {
  /** 'figure', 'table', 'printed text', … */
  readonly kind: string;
  readonly value: unknown;
  /** Which output of the cell it is a format of. */
  readonly output: number;
}

const kinds: Readonly<Record<string, string>> = {
  'application/vnd.vegalite.v5+json': 'figure',
  'application/vnd.vega.v5+json': 'figure',
  'text/html': 'table',
  'text/plain': 'text',
  'text/markdown': 'text in Markdown',
  'text/latex': 'text in LaTeX',
  'image/png': 'picture',
  'image/svg+xml': 'drawing',
};

/** Formats that are of one run and no result. */
const passing = ['application/vnd.roarbook.provenance+json'];

/**
 * What a cell shows, in parts that can be compared: printed text in one piece, each format of each display. Progress
 * and messages on standard error are left out.
 */
export function shownBy({ outputs = [] }: NotebookCell): ShownPart[] {
  const printed = outputs
    .filter((output) => output.output_type === 'stream' && output.name === 'stdout')
    .map((output) => ('text' in output ? joined(output.text) : ''))
    .join('');
  const rest = outputs.flatMap(partsOf);
  return printed === '' ? rest : [{ kind: 'printed text', value: printed, output: -1 }, ...rest];
}

function partsOf(output: CellOutput, i: number): ShownPart[] {
  if (output.output_type === 'stream') return [];
  if (output.output_type === 'error')
    return [{ kind: 'error', value: `${output.ename}: ${output.evalue}`, output: i }];
  if (progressMime in output.data || isWidget(output.data)) return [];
  return Object.entries(output.data)
    .filter(([mime]) => !passing.includes(mime))
    .map(([mime, data]) => ({ kind: kinds[mime] ?? mime, value: valueOf(mime, data), output: i }));
}

function isWidget(data: Readonly<Record<string, unknown>>): boolean {
  return 'application/vnd.jupyter.widget-view+json' in data;
}

function valueOf(mime: string, data: unknown): unknown {
  if (mime === 'image/png') return `data:image/png;base64,${joined(data).replace(/\s/g, '')}`;
  if (mime === 'text/html') return comparableHtml(joined(data));
  return mime.endsWith('json') ? data : joined(data);
}
