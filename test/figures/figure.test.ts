import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { compile } from 'vega-lite';
import type { Config, TopLevelSpec } from 'vega-lite';
import { displaySymbol } from '../../src/display/format.js';
import { ArgumentError } from '../../src/errors.js';
import { Figure, spreadLabels } from '../../src/figures/figure.js';
import { textWidth, wrapText } from '../../src/figures/fonts.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

const bars = {
  data: { values: [{ kind: 'a rather long name of a category', value: 3 }] },
  mark: 'bar',
  width: 100,
  encoding: { y: { field: 'kind', type: 'nominal' }, x: { field: 'value', type: 'quantitative' } },
};

/** Width and height of a PNG, from its header. */
const pngSize = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];

describe('Figure', () => {
  it('is plain Vega-Lite 5 in the house theme, with title and description', () => {
    const { spec } = new Figure(bars, { title: 'Bars', caption: ['First.', 'Second.'] });
    assert.equal(spec['$schema'], 'https://vega.github.io/schema/vega-lite/v5.json');
    assert.equal(spec['description'], 'Bars First. Second.');
    assert.deepEqual(spec['title'], { text: ['Bars'], subtitle: ['First.', 'Second.'] });
    assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec);
  });

  it('keeps what an edited copy of a specification sets', () => {
    const first = new Figure(bars, { title: 'Bars' });
    const copy = new Figure({ ...first.spec, width: 300 });
    assert.deepEqual(copy.spec, { ...first.spec, width: 300 });
    assert.equal(copy.altText, 'Bars');
  });

  it('draws text in the packaged font, and leaves labels the room they need', async () => {
    const svg = await new Figure(bars).svg();
    assert.match(svg, /font-family="DejaVu Sans, Verdana, sans-serif"/);
    const label = textWidth('a rather long name of a category', { size: 11 });
    const total = Number(/width="(\d+)/.exec(svg)?.[1]);
    // Label, 100 pixels of bars, and less than 80 of axis title, ticks and padding.
    assert.ok(total > label + 100 && total < label + 180, `${total} for a label of ${label}`);
    assert.ok(!svg.includes('…'), 'a text was cut');
  });

  it('draws the same PNG twice, larger with the scale', async () => {
    const figure = new Figure(bars);
    const [small, large] = [await figure.png({ scale: 1 }), await figure.png({ scale: 3 })];
    assert.deepEqual(await new Figure(bars).png({ scale: 1 }), small);
    const [width = 0, height = 0] = pngSize(small);
    assert.ok(Math.abs((pngSize(large)[0] ?? 0) - 3 * width) <= 3);
    assert.ok(Math.abs((pngSize(large)[1] ?? 0) - 3 * height) <= 3);
  });

  it('saves itself as the name of the file says, in the size that is asked for', async () => {
    const [figure, folder] = [new Figure(bars), temporaryFolder()];
    const saved = async (name: string, scale?: number) => {
      await figure.save(path.join(folder, name), scale === undefined ? {} : { scale });
      return readFileSync(path.join(folder, name));
    };
    assert.deepEqual(await saved('bars.png', 4), await figure.png({ scale: 4 }));
    assert.equal((await saved('bars.svg')).toString(), await figure.svg());
    assert.deepEqual(JSON.parse((await saved('bars.vl.json')).toString()), figure.spec);
    await assert.rejects(
      figure.save('bars.pdf'),
      new ArgumentError("Figure.save: the file's name must end in .png, .svg or .json, got 'bars.pdf'"),
    );
  });

  it('shows as Vega-Lite, PNG and text', async () => {
    const figure = new Figure(bars, { altText: 'One bar of length 3.' });
    const bundle = await figure[displaySymbol]();
    assert.deepEqual(Object.keys(bundle), ['application/vnd.vegalite.v5+json', 'image/png', 'text/plain']);
    assert.equal(Buffer.from(String(bundle['image/png']), 'base64').toString('latin1', 1, 4), 'PNG');
    assert.equal(bundle['text/plain'], 'One bar of length 3.');
  });

  it('looks the same in JupyterLab’s dark theme', () => {
    // The configuration that vega-embed 6 merges below the specification's own for theme 'dark'.
    const dark: Config = {
      background: '#333',
      view: { stroke: '#888' },
      title: { color: '#fff', subtitleColor: '#fff' },
      style: { 'guide-label': { fill: '#fff' }, 'guide-title': { fill: '#fff' } },
      axis: { domainColor: '#fff', gridColor: '#888', tickColor: '#fff' },
    };
    const spec = new Figure(bars, { title: 'Bars' }).spec as TopLevelSpec & Record<string, unknown>;
    const compiled = JSON.stringify(compile(spec, { config: dark }).spec);
    assert.doesNotMatch(compiled, /#333|#888|#fff/);
  });

  it('is larger with the scale as SVG too, and says in it what it shows', async () => {
    const figure = new Figure(bars, { title: 'Bars & more', altText: 'One bar "of" 3.' });
    const [small, large] = [await figure.svg(), await figure.svg({ scale: 2 })];
    assert.match(
      small,
      /^<svg role="img" aria-label="One bar &quot;of&quot; 3\."[^>]*><title>Bars &amp; more<\/title><desc>One bar/,
    );
    const sides = (svg: string) =>
      /^<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg)?.slice(1).map(Number);
    assert.deepEqual(
      sides(large),
      sides(small)?.map((side) => 2 * side),
    );
    assert.equal(/viewBox="[^"]*"/.exec(large)?.[0], /viewBox="[^"]*"/.exec(small)?.[0]);
  });

  it('names a scale out of range', async () => {
    await assert.rejects(
      new Figure(bars).svg({ scale: 11 }),
      new ArgumentError('Figure.svg: scale must be in 0.1…10, got 11'),
    );
    await assert.rejects(
      new Figure(bars).png({ scale: 0 }),
      new ArgumentError('Figure.png: scale must be in 0.1…10, got 0'),
    );
  });
});

describe('textWidth', () => {
  it('adds up the advance widths of DejaVu Sans', () => {
    // hmtx: space 651, i 569, M 1767 of 2048 units.
    assert.ok(Math.abs(textWidth('M i', { size: 2048 }) - (1767 + 651 + 569)) < 1e-6);
    assert.ok(textWidth('M', { size: 10, bold: true }) > textWidth('M', { size: 10 }));
  });
});

describe('wrapText', () => {
  it('breaks between words, never within, and never above the width if words fit', () => {
    const text = 'the quick brown fox jumps over the lazy dog';
    const lines = wrapText(text, { width: 80, size: 11 });
    assert.equal(lines.join(' '), text);
    assert.ok(lines.length > 2);
    for (const line of lines) assert.ok(textWidth(line, { size: 11 }) <= 80);
    assert.deepEqual(wrapText('unbreakable', { width: 1, size: 11 }), ['unbreakable']);
    assert.deepEqual(wrapText('60, 80 % of', { width: 1, size: 11 }), ['60,', '80 %', 'of']);
  });
});

describe('spreadLabels', () => {
  it('moves touching labels apart around their mean, and leaves others', () => {
    assert.deepEqual(spreadLabels([10, 10, 50], 4), [8, 12, 50]);
    assert.deepEqual(spreadLabels([3, 2, 1], 10), [12, 2, -8]);
    assert.deepEqual(spreadLabels([], 4), []);
  });

  it('keeps order and distance for any positions', () => {
    const spread = spreadLabels([5, 1, 1.5, 9, 5.2, 8.9], 2);
    const order = [1, 2, 0, 4, 5, 3];
    for (let k = 1; k < order.length; k++)
      assert.ok((spread[order[k] ?? 0] ?? 0) - (spread[order[k - 1] ?? 0] ?? 0) >= 2 - 1e-9);
  });
});
