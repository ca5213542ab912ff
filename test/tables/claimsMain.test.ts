import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../src/random.js';
import { claimsMain } from '../../src/tables/claimsMain.js';
import type { RoarCorrectness } from '../../src/tables/contrast.js';
import { publishedMainAccuracy } from '../../src/tables/publishedMain.js';
import { tableLatency } from '../../src/tables/tableLatency.js';
import { provenance, provenanceText } from '../fixtures/provenance.js';

/** Networks that are right on the first share of 2,000 images, but for 1 % by chance. */
function measured(accuracies: Record<string, number>): RoarCorrectness[] {
  return Object.entries(accuracies).map(([method, accuracy]) => {
    const random = seeded(0).fork(method);
    const correct = Uint8Array.from({ length: 2000 }, (_, i) =>
      Number(i < accuracy * 2000 !== random.uniform() < 0.01),
    );
    return { method, seed: 0, level: 0.8, correct };
  });
}

const judge = (accuracies: Record<string, number>) =>
  claimsMain(measured(accuracies), { random: seeded(0), resamples: 300 });

const methods = [
  'saliency',
  'occlusion',
  'smoothGrad',
  'robustAttribution',
  'explainer',
  'explainerStandard',
];
const published = Object.fromEntries(
  methods.map((method) => [method, publishedMainAccuracy(method, 0.8) ?? NaN]),
);

describe('claimsMain', () => {
  it('tests no claim on an explainer that has not learned its maps', () => {
    const judged = (learned: readonly Float32Array[]) =>
      claimsMain(measured(published), { random: seeded(0), resamples: 300, learned });
    const claims = judged([new Float32Array(50).fill(0.25)]);
    assert.deepEqual(
      claims.map(({ verdict }) => verdict),
      ['holds', ...Array<string>(4).fill('not tested')],
    );
    assert.match(
      claims[1]?.sentence ?? '',
      /has not learned .* \(mean correlation 0\.25, 95 % interval 0\.25 to 0\.25, not above 0\.5\)/,
    );
    // A mean of 0.55 over two images as far apart as these could as well be below 0.5; one over 50 like images could not.
    assert.equal(judged([Float32Array.of(0.1, 1)])[1]?.verdict, 'not tested');
    assert.equal(judged([new Float32Array(50).fill(0.55)])[1]?.verdict, 'holds');
  });

  it('finds that the paper holds on its own numbers, with its own differences beside', () => {
    const claims = judge(published);
    assert.deepEqual(
      claims.map(({ verdict }) => verdict),
      Array(5).fill('holds'),
    );
    // 69.91 − 63.74 at 80 %.
    assert.ok(Math.abs((claims[0]?.published ?? 0) - 6.17) < 1e-9);
    assert.match(
      claims[1]?.sentence ?? '',
      /^Holds in this run: maps of Explainer are more faithful than those of Robust/,
    );
  });

  it('finds it contradicted on reversed numbers, and not resolved on equal ones', () => {
    const reversed = judge(
      Object.fromEntries(methods.map((method) => [method, 1.4 - (published[method] ?? 0)])),
    );
    assert.deepEqual(
      reversed.map(({ verdict }) => verdict),
      Array(5).fill('contradicted'),
    );
    const tied = judge(Object.fromEntries(methods.map((method) => [method, 0.7])));
    assert.deepEqual(
      tied.map(({ verdict }) => verdict),
      Array(5).fill('not resolved at this scale'),
    );
  });

  it('says what was not run', () => {
    const [, , , , ablation] = judge({ ...published, explainerStandard: 0.8 });
    assert.equal(ablation?.verdict, 'holds');
    const without = claimsMain(measured({ saliency: 0.8, explainer: 0.6 }), {
      random: seeded(0),
      resamples: 300,
    });
    assert.equal(without[2]?.verdict, 'holds');
    assert.equal(without[0]?.sentence, 'Not tested: there is no SmoothGrad and no Robust Attribution.');
  });
});

describe('tableLatency', () => {
  it('gives the median, and multiples of saliency beside the published ones', () => {
    const table = tableLatency(
      [
        { method: 'saliency', milliseconds: [2, 3, 10] },
        { method: 'smoothGrad', milliseconds: [30, 60, 90] },
        { method: 'robustAttribution', milliseconds: [30] },
      ],
      { provenance },
    );
    assert.match(table.toText(), /SmoothGrad +60\.0 +\(972\) +30\.0 +90\.0 +20\.0 \(51\.2\)/);
    assert.match(table.toText(), /Robust Attribution +30\.0 +30\.0 +30\.0 +10\.0\n/);
    assert.match(table.caption, provenanceText);
  });
});
