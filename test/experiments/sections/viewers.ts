import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import { metadataOf } from '../../../src/display/metadata.js';
import type { MimeBundle } from '../../../src/display/host.js';
import type { Figure } from '../../../src/figures/figure.js';

const schema = createRequire(import.meta.url).resolve('vega-lite/build/vega-lite-schema.json');
const isVegaLite = new Ajv({ unknownFormats: 'ignore', logger: false }).compile(
  JSON.parse(readFileSync(schema, 'utf8')) as object,
);

/** Width and height of a PNG, from its header. */
const pngSize = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)] as const;

/** What JupyterLab, Notebook 7 and VS Code draw, what static viewers show, and what screen readers say of a figure. */
export async function checkFigure(figure: Figure, bundle: MimeBundle, title: string): Promise<void> {
  assert.deepEqual(
    Object.keys(bundle),
    ['application/vnd.vegalite.v5+json', 'image/png', 'text/plain'],
    title,
  );
  assert.equal(figure.spec['$schema'], 'https://vega.github.io/schema/vega-lite/v5.json');
  assert.ok(isVegaLite(JSON.parse(JSON.stringify(figure.spec))), `${title} fits the schema of Vega-Lite 5`);
  assert.equal(figure.spec['description'], figure.altText);
  assert.ok(figure.altText.length > 40, `${title}: ${figure.altText}`);
  assert.equal(bundle['text/plain'], figure.altText);
  await checkPictures(figure, bundle);
}

async function checkPictures(figure: Figure, bundle: MimeBundle): Promise<void> {
  const svg = await figure.svg();
  assert.match(svg, /^<svg role="img" aria-label="[^"]{40}[^>]*><title>[^<]+<\/title><desc>[^<]{40}/);
  assert.doesNotMatch(svg.replaceAll('font-family="DejaVu Sans, Verdana, sans-serif"', ''), /font-family/);
  const [width, height] = [...svg.matchAll(/^<svg[^>]* width="(\d+)" height="(\d+)"/g)]
    .flatMap(([, ...sizes]) => sizes)
    .map(Number);
  // Shown at the figure's own size; a pixel is a pixel and a half wide.
  assert.deepEqual(metadataOf(bundle)['image/png'], { alt: figure.altText, width, height });
  const png = Buffer.from(String(bundle['image/png']), 'base64');
  assert.deepEqual(
    pngSize(png),
    [width, height].map((side = 0) => Math.ceil(side * 1.5)),
  );
  assert.match(await figure.svg({ scale: 2 }), new RegExp(`width="${2 * (width ?? 0)}"`));
}

/** A table in every format, with its name, heads and the same rows. */
export function checkTable(bundle: MimeBundle, title: string): void {
  assert.deepEqual(Object.keys(bundle), ['text/html', 'text/markdown', 'text/latex', 'text/plain'], title);
  const [html, markdown, latex, text] = Object.values(bundle).map(String);
  assert.match(html ?? '', /^<div><table[^>]*><caption[^>]*>[^<]+<\/caption><thead /, title);
  const rows = (html?.match(/<tr>/g)?.length ?? 0) - 1;
  assert.ok(rows > 0);
  assert.equal(markdown?.match(/^\| /gm)?.length, rows + 2, title);
  assert.equal(latex?.match(/ \\\\$/gm)?.length, rows + 1, title);
  assert.ok((text?.split('\n').length ?? 0) >= rows + 3, title);
  assert.doesNotMatch(`${html}${text}`, /undefined|NaN|\[object/, title);
}
