import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { figure4 } from '../../src/figures/figure4.js';
import { provenance, provenanceText } from '../fixtures/provenance.js';

const rows = [0, 1.5].flatMap((epsilon) =>
  (['absolute', 'signed'] as const).map((reading) => ({
    epsilon,
    seed: 0,
    reading,
    values: Float32Array.of(epsilon + 1, epsilon + 3),
  })),
);

describe('figure4', () => {
  it('draws each reading on an axis of its own, the published curve with |∇Ψ| alone', async () => {
    const figure = figure4(rows, { provenance });
    const panels = figure.spec['hconcat'] as { title: { text: string } }[];
    assert.deepEqual(
      panels.map(({ title }) => title.text),
      ['With |∇Ψ|, as published', 'With ∇Ψ, the theorem’s'],
    );
    assert.deepEqual(
      panels.map((panel) => JSON.stringify(panel).includes('20.39')),
      [true, false],
    );
    const svg = await figure.svg();
    for (const text of ['Published', 'This run', 'Radius ε of PGD-ℓ2 training (pixel units)'])
      assert.ok(svg.includes(`>${text}</text>`), text);
  });

  it('says where its numbers come from, and reads them out', () => {
    const figure = figure4(rows, { provenance });
    assert.match(figure.caption, provenanceText);
    assert.match(figure.caption, /over test images, without the spread from training to training/);
    assert.match(figure.altText, /as published: 2\.00 at ε = 0, 3\.50 at ε = 1\.5\./);
  });

  it('names the remedy when there is nothing to draw', () => {
    assert.throws(
      () => figure4([], { provenance }),
      new ArgumentError('figure4: there must be measurements, got none; run alignment first'),
    );
  });
});
