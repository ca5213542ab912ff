import { stripVTControlCharacters } from 'node:util';
import { vegaSpec } from '../../figures/render.js';
import { drawnFor } from '../../figures/room.js';
import { joined, type CellOutput } from '../notebookFile.js';
import { renderFormula, renderMarkdown, type PictureSource } from './markdown.js';

export interface OutputOptions {
  readonly picture: PictureSource;
  /** Puts a picture of each interactive figure into the page, for printing and where scripts are off. */
  readonly fallbacks: boolean;
}

type Data = Readonly<Record<string, unknown>>;
type Renderer = (value: unknown, shown: Shown, options: OutputOptions) => string;

/** An output's formats and what its metadata says of each. */
interface Shown {
  readonly data: Data;
  readonly metadata: Data;
}

/** The formats that a page shows, best first. */
const renderers: readonly (readonly [mime: string, render: Renderer])[] = [
  [
    'application/vnd.vegalite.v5+json',
    (spec, shown, options) => figure(drawnFor({ ...vegaSpec(spec as Data) }), shown, options),
  ],
  ['application/vnd.vega.v5+json', (spec, shown, options) => figure(spec, shown, options)],
  ['text/html', (html) => joined(html)],
  ['text/markdown', (text, _shown, { picture }) => renderMarkdown(joined(text), { picture })],
  ['text/latex', (tex) => renderFormula(joined(tex).replace(/^\s*\$+|\$+\s*$/g, ''), true)],
  ['image/svg+xml', (svg) => joined(svg)],
  ['image/png', (png, shown) => image('image/png', png, shown)],
  ['image/jpeg', (jpeg, shown) => image('image/jpeg', jpeg, shown)],
  ['image/gif', (gif, shown) => image('image/gif', gif, shown)],
  ['text/plain', (text) => `<pre>${escapeHtml(joined(text))}</pre>`],
];

/** What a cell has shown, as HTML. */
export function renderOutput(output: CellOutput, options: OutputOptions): string {
  if (output.output_type === 'stream')
    return `<pre class="${output.name}">${escapeHtml(stripVTControlCharacters(joined(output.text)))}</pre>`;
  if (output.output_type === 'error')
    return `<pre class="stderr">${escapeHtml(stripVTControlCharacters(output.traceback.join('\n')))}</pre>`;
  const { data } = output;
  const metadata = (output.metadata ?? {}) as Data;
  const [mime, render] = renderers.find(([mime]) => mime in data) ?? [];
  return mime && render ? `<div>${render(data[mime], { data, metadata }, options)}</div>` : '';
}

/** The page's script draws the specification in the place of its picture. */
function figure(spec: unknown, shown: Shown, { fallbacks }: OutputOptions): string {
  const { data } = shown;
  const picture = fallbacks && 'image/png' in data ? image('image/png', data['image/png'], shown) : '';
  const said = picture === '' ? escapeHtml(joined(data['text/plain'])) : '';
  const json = JSON.stringify(spec).replaceAll('<', '\\u003c');
  return `<div class="vega"><script type="application/json">${json}</script>${picture}${said}</div>`;
}

/** As wide as its metadata says, which is less than its pixels where it is finer than it is shown. */
function image(mime: string, base64: unknown, { data, metadata }: Shown): string {
  const alt = escapeHtml(joined(data['text/plain']));
  const { width } = (metadata[mime] ?? {}) as { width?: unknown };
  const size = typeof width === 'number' ? ` width="${width}"` : '';
  return `<img src="data:${mime};base64,${joined(base64).replace(/\s/g, '')}" alt="${alt}"${size}>`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
