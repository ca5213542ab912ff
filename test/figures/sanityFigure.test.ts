import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { mapGrid } from '../../src/figures/mapGrid.js';
import { sanityFigure } from '../../src/figures/sanityFigure.js';
import { provenance, provenanceText } from '../fixtures/provenance.js';

describe('sanityFigure', () => {
  const rows = [
    { method: 'saliency', spearmanAbsolute: [0.2, 0.4], ssim: [0.1, 0.1] },
    { method: 'explainer', spearmanAbsolute: [1, 1], ssim: [1, 1] },
  ];

  it('draws both measures with intervals over images, and reads them out', async () => {
    const figure = sanityFigure(rows, { provenance });
    const [first] = figure.spec['hconcat'] as { data: { values: Record<string, number>[] } }[];
    // Mean 0.3; s = √0.02, standard error 0.1.
    assert.ok(Math.abs((first?.data.values[0]?.['high'] ?? 0) - (0.3 + 0.196)) < 1e-9);
    assert.match(figure.altText, /Saliency: rank correlation 0\.30, structural similarity 0\.10; Explainer/);
    assert.match(figure.caption, provenanceText);
    const svg = await figure.svg();
    for (const text of ['Rank correlation of |map|', 'Structural similarity', 'Explainer'])
      assert.ok(svg.includes(`>${text}</text>`), text);
  });

  it('names the remedy when there is nothing to draw', () => {
    assert.throws(
      () => sanityFigure([], { provenance }),
      new ArgumentError('sanityFigure: there must be measurements, got none; run sanityCheck first'),
    );
  });
});

describe('mapGrid', () => {
  it('gives long heads the lines that they take', () => {
    const map = new Float32Array(64);
    const grid = (method: string) =>
      mapGrid(
        { images: new Uint8Array(192), shape: [8, 8, 3], names: ['cat'], maps: { [method]: map } },
        { title: 'Maps' },
      );
    const padding = (method: string) =>
      (grid(method).spec['encoding'] as { x: { axis: { labelPadding: number } } }).x.axis.labelPadding;
    assert.deepEqual([padding('saliency'), padding('robustAttribution')], [8, 21]);
    assert.match(grid('saliency').altText, /1 test images \(cat\) beside the maps: Saliency\./);
  });
});
