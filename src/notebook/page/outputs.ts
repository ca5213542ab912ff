import { stripVTControlCharacters } from 'node:util';
import { vegaSpec } from '../../figures/render.js';
import { joined, type CellOutput } from '../notebookFile.js';
import { renderFormula, renderMarkdown, type PictureSource } from './markdown.js';

export interface OutputOptions {
  readonly picture: PictureSource;
  /** Puts a picture of each interactive figure into the page, for printing and where scripts are off. */
  readonly fallbacks: boolean;
}

type Data = Readonly<Record<string, unknown>>;
type Renderer = (value: unknown, data: Data, options: OutputOptions) => string;

/** The formats that a page shows, best first. */
const renderers: readonly (readonly [mime: string, render: Renderer])[] = [
  [
    'application/vnd.vegalite.v5+json',
    (spec, data, options) => figure(vegaSpec(spec as Data), data, options),
  ],
  ['application/vnd.vega.v5+json', (spec, data, options) => figure(spec, data, options)],
  ['text/html', (html) => joined(html)],
  ['text/markdown', (text, _data, { picture }) => renderMarkdown(joined(text), { picture })],
  ['text/latex', (tex) => renderFormula(joined(tex).replace(/^\s*\$+|\$+\s*$/g, ''), true)],
  ['image/svg+xml', (svg) => joined(svg)],
  ['image/png', (png, data) => image('image/png', png, data)],
  ['image/jpeg', (jpeg, data) => image('image/jpeg', jpeg, data)],
  ['image/gif', (gif, data) => image('image/gif', gif, data)],
  ['text/plain', (text) => `<pre>${escapeHtml(joined(text))}</pre>`],
];

/** What a cell has shown, as HTML. */
export function renderOutput(output: CellOutput, options: OutputOptions): string {
  if (output.output_type === 'stream')
    return `<pre class="${output.name}">${escapeHtml(stripVTControlCharacters(joined(output.text)))}</pre>`;
  if (output.output_type === 'error')
    return `<pre class="stderr">${escapeHtml(stripVTControlCharacters(output.traceback.join('\n')))}</pre>`;
  const { data } = output;
  const [mime, render] = renderers.find(([mime]) => mime in data) ?? [];
  return mime && render ? `<div>${render(data[mime], data, options)}</div>` : '';
}

/** The page's script draws the specification in the place of its picture. */
function figure(spec: unknown, data: Data, { fallbacks }: OutputOptions): string {
  const picture = fallbacks && 'image/png' in data ? image('image/png', data['image/png'], data) : '';
  const said = picture === '' ? escapeHtml(joined(data['text/plain'])) : '';
  const json = JSON.stringify(spec).replaceAll('<', '\\u003c');
  return `<div class="vega"><script type="application/json">${json}</script>${picture}${said}</div>`;
}

function image(mime: string, base64: unknown, data: Data): string {
  const alt = escapeHtml(joined(data['text/plain']));
  return `<img src="data:${mime};base64,${joined(base64).replace(/\s/g, '')}" alt="${alt}">`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
