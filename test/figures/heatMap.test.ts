import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { heatMap } from '../../src/figures/heatMap.js';
import { provenance, provenanceText } from '../fixtures/provenance.js';

const row = (epsilon: number, accuracy: number, seed = 0) => ({
  setting: { norm: 'l2' as const, epsilon, t: 20 },
  seed,
  level: 0.8,
  accuracy,
});

interface Panel {
  title: { text: string };
  data: { values: { setting: string; accuracy: number; difference: number }[] };
}
const panels = (figure: { spec: Record<string, unknown> }) => figure.spec['hconcat'] as Panel[];

describe('heatMap', () => {
  it('colours by the distance from the mean of the level, of means over seeds', () => {
    const [ours, published] = panels(heatMap([row(1, 0.4), row(1, 0.42, 1), row(2, 0.5)], { provenance }));
    assert.deepEqual(
      ours?.data.values.map(({ difference }) => Number(difference.toFixed(6))),
      [-4.5, 4.5],
    );
    // 66.43 and 65.03.
    assert.deepEqual(
      published?.data.values.map(({ difference }) => Number(difference.toFixed(6))),
      [0.7, -0.7],
    );
  });

  it('shows no published panel where nothing was published, and says so', () => {
    const figure = heatMap([row(0.7, 0.4)], { provenance });
    assert.deepEqual(
      panels(figure).map(({ title }) => title.text),
      ['This run'],
    );
    assert.match(figure.caption, /it has none of these rows/);
  });

  it('writes every number and every name into the drawing', async () => {
    const figure = heatMap([row(1, 0.4), row(2, 0.5)], { provenance });
    const svg = await figure.svg();
    for (const text of ['ℓ2, ε = 1, t = 20', '80 %', '40.00', '65.03', 'Published', 'Pixels removed'])
      assert.ok(svg.includes(`>${text}</text>`), text);
    assert.match(figure.caption, provenanceText);
    assert.match(figure.altText, /This run: ℓ2, ε = 1, t = 20, 80 % removed: 40\.0 %/);
  });

  it('names the remedy when there is nothing to draw', () => {
    assert.throws(
      () => heatMap([{ ...row(1, 0.4), level: 0 }], { provenance }),
      new ArgumentError('heatMap: there must be measurements above level 0, got none; run roar first'),
    );
  });
});
