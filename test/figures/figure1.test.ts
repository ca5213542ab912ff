import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { figure1 } from '../../src/figures/figure1.js';

const provenance = {
  profile: 'quick',
  shrunk: 'a small ResNet',
  dataset: 'generated shapes, 1,000 training images',
  seeds: [0],
  device: 'CPU, 2 threads',
};

const rows = (seeds: number, methods = ['standard', 'pgd', 'random']) =>
  methods.flatMap((method) =>
    [0, 0.6].flatMap((level) =>
      Array.from({ length: seeds }, (_, seed) => ({
        method,
        seed,
        level,
        accuracy: 0.5 + seed / 100,
        n: 100,
      })),
    ),
  );

interface Layer {
  encoding: { tooltip: { field: string; format?: string }[] };
  mark?: { type: string };
  data: { values: Record<string, unknown>[] };
}

interface Panel {
  title?: { text: string };
  layer: Layer[];
  encoding: { y: { title: string; scale: { domain: number[] }; axis: { values: number[] } } };
}

/** This run's panel and the published one, or the only one. */
const panels = ({ spec }: { spec: Record<string, unknown> }) =>
  (spec['hconcat'] ?? [spec]) as [own: Panel, published?: Panel];
const layer = (figure: { spec: Record<string, unknown> }, type: string, panel = panels(figure)[0]) =>
  panel.layer.find(({ mark }) => mark?.type === type)?.data.values;

describe('figure1', () => {
  it('ends each axis of accuracy with a tick, so that the panels begin at the same height', () => {
    for (const { encoding } of panels(figure1(rows(1), { provenance })) as Panel[]) {
      const { scale, axis } = encoding.y;
      assert.deepEqual([axis.values[0], axis.values.at(-1)], scale.domain);
      assert.ok(axis.values.every((value) => value % 5 === 0));
    }
  });

  it('draws each seed as a point with fewer than three seeds, and no band', () => {
    const figure = figure1(rows(2), { provenance });
    assert.equal(layer(figure, 'area'), undefined);
    assert.equal(layer(figure, 'point')?.length, 3 * 2 * 2);
    assert.match(figure.caption, /Points: one retrained network each; lines: their means\./);
  });

  it('draws means with bands of their t-intervals from three seeds on', () => {
    const figure = figure1(rows(3), { provenance });
    const [band] = layer(figure, 'area') ?? [];
    // Accuracies 50, 51, 52: mean 51, half 4.3027/√3 = 2.4842.
    assert.ok(Math.abs(Number(band?.['low']) - (51 - 2.4842)) < 1e-4);
    assert.ok(Math.abs(Number(band?.['high']) - (51 + 2.4842)) < 1e-4);
    assert.equal(layer(figure, 'point')?.length, 3 * 2);
    assert.match(figure.caption, /means over 3 seeds; bands: 95 % t-intervals/);
  });

  it('shows no more digits of a point than mean something', () => {
    for (const seeds of [1, 3]) {
      const points = panels(figure1(rows(seeds), { provenance }))[0].layer.find(
        ({ mark }) => mark?.type === 'point',
      );
      const [first = {}] = points?.data.values ?? [];
      const long = points?.encoding.tooltip.filter(
        ({ field, format }) => !format && typeof first[field] === 'number' && String(first[field]).length > 4,
      );
      assert.deepEqual(long, []);
    }
  });

  it('gives the published curves a panel with an axis of its own, or leaves them out', async () => {
    const figure = figure1(rows(1), { provenance });
    const [own, published] = panels(figure);
    assert.equal(layer(figure, 'line', published)?.length, 4 * 5);
    // Ours are all 50 %; theirs from 68.14 to 93.7 %: multiples of five with a point of air.
    assert.deepEqual(own.encoding.y.scale.domain, [45, 55]);
    assert.deepEqual(published?.encoding.y.scale.domain, [65, 95]);
    const svg = await figure.svg();
    for (const title of ['This run', 'Published: ResNet-18, all of CIFAR-10'])
      assert.ok(svg.includes(`>${title}</text>`), title);
    const alone = figure1(rows(1), { provenance, published: false });
    assert.equal(panels(alone).length, 1);
    assert.doesNotMatch(alone.caption, /published/i);
  });

  it('says profile, data, seeds and device, and reads its numbers to those who cannot see it', () => {
    const figure = figure1(rows(1), { provenance });
    assert.match(
      figure.caption,
      /Profile quick \(a small ResNet\)\. Data: generated shapes, 1,000 .*\. Seed 0\. CPU, 2 threads\.$/,
    );
    assert.match(figure.altText, /Standard: 50\.0 % at 0 %, 50\.0 % at 60 %\./);
    assert.equal(figure.spec['description'], figure.altText);
  });

  it('sets no two names closer than a line, and shows all of them in the drawing', async () => {
    const figure = figure1(rows(1), { provenance });
    const ends = (layer(figure, 'text') ?? []).map((row) => Number(row['accuracy'])).sort((a, b) => a - b);
    assert.equal(ends.length, 3);
    // A line of 12 pixels on an axis from 45 to 55 % that is 330 high: 0.36.
    for (let i = 1; i < ends.length; i++) assert.ok((ends[i] ?? 0) - (ends[i - 1] ?? 0) > 0.36);
    const svg = await figure.svg();
    for (const name of ['Standard', 'PGD ℓ2', 'Random pixels', 'Pixels removed (%)', 'Test accuracy (%)'])
      assert.ok(svg.includes(`>${name}</text>`), name);
  });

  it('names the remedy when there is nothing to draw', () => {
    assert.throws(
      () => figure1([], { provenance }),
      new ArgumentError('figure1: there must be measurements, got none; run roar first'),
    );
  });
});
