import { progressMime } from '../display/progress.js';
import { widgetMime } from '../display/widgets/widget.js';
import { liveMime } from '../explore/explore.js';
import { comparableHtml } from './htmlTable.js';
import { joined, type CellOutput, type NotebookCell } from './notebookFile.js';
import { provenanceMime } from './provenance.js';

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

/**
 * What a cell shows, in parts that can be compared: printed text in one piece, each format of each display with
 * what viewers say of it. Progress, live controls, provenance and messages on standard error are left out.
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
  if (ofOneRun.some((mime) => mime in output.data)) return [];
  const formats = Object.entries(output.data).map(([mime, data]) => ({
    kind: kinds[mime] ?? mime,
    value: valueOf(mime, data),
    output: i,
  }));
  const noted = Object.keys(output.metadata ?? {}).length > 0;
  return noted ? [...formats, { kind: 'description', value: output.metadata, output: i }] : formats;
}

/** The lines that progress displays of a cell ended with, without their times: 'robust model: accuracy 41.2 %'. */
export function progressLines(
  { outputs = [] }: NotebookCell,
  mime: 'text/plain' | 'text/html' = 'text/plain',
): string[] {
  return outputs.flatMap((output) => {
    if (!('data' in output)) return [];
    const { [progressMime]: state, [mime]: line } = output.data;
    if (!(state as { ended?: unknown } | undefined)?.ended) return [];
    const said = joined(line).replace(/<\/?div>/g, '');
    return [said.replace(/ \([\d.]+ (?:s|min \d+ s|h \d+ min)\)$/, '')];
  });
}

/** What has one of these formats is of one run, and no result. */
const ofOneRun = [progressMime, provenanceMime, liveMime, widgetMime];

function valueOf(mime: string, data: unknown): unknown {
  if (mime === 'image/png') return `data:image/png;base64,${joined(data).replace(/\s/g, '')}`;
  if (mime === 'text/html') return comparableHtml(joined(data));
  return mime.endsWith('json') ? data : joined(data);
}
