import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import { pairedInterval, tInterval } from '../../src/tables/statistics.js';

describe('tInterval', () => {
  it('is mean ± t·s/√n', () => {
    // Mean 2, s = 1, n = 3, t(2) = 4.3027: half = 4.3027/√3.
    const { mean, low, high } = tInterval([1, 2, 3]);
    assert.equal(mean, 2);
    assert.ok(Math.abs(high - 2 - 4.3027 / Math.sqrt(3)) < 1e-9);
    assert.ok(Math.abs(2 - low - (high - 2)) < 1e-12);
  });

  it('goes over smoothly to the expansion beyond 30 degrees of freedom', () => {
    // ±1 alternating: s² = n/(n−1). t(31) = 2.0395, t(60) = 2.0003 in any table.
    for (const [n, quantile] of [
      [32, 2.0395],
      [61, 2.0003],
    ] as const) {
      const values = Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1));
      const { mean, high } = tInterval(values);
      const s = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
      assert.ok(Math.abs((high - mean) / (s / Math.sqrt(n)) - quantile) < 1e-4);
    }
  });

  it('names what it needs', () => {
    assert.throws(
      () => tInterval([1]),
      new ArgumentError('tInterval: there must be at least 2 values, got 1'),
    );
  });
});

describe('pairedInterval', () => {
  /** Differences in {−1, 0, 1}: each image differs with probability `plus` upwards, `minus` downwards. */
  const draw = (seed: number, [plus, minus]: [number, number], n = 1000) => {
    const random = seeded(seed);
    return Float64Array.from({ length: n }, () => {
      const u = random.uniform();
      return u < plus ? 1 : u < plus + minus ? -1 : 0;
    });
  };

  it('has the width of the normal interval over images for one seed', () => {
    const differences = draw(1, [0.2, 0.1], 4000);
    const { mean, low, high } = pairedInterval([differences], { random: seeded(0) });
    const average = differences.reduce((sum, value) => sum + value, 0) / 4000;
    const variance = differences.reduce((sum, value) => sum + (value - average) ** 2, 0) / 4000;
    assert.equal(mean, average);
    // The 2.5 % quantile of 2000 resamples has a relative error of about 3 %; 12 % is four of these.
    const expected = 2 * 1.96 * Math.sqrt(variance / 4000);
    assert.ok(Math.abs((high - low) / expected - 1) < 0.12, `${(high - low) / expected}`);
  });

  it('holds the true difference in about 95 % of repetitions', () => {
    let held = 0;
    for (let repetition = 0; repetition < 200; repetition++) {
      const differences = draw(repetition, [0.15, 0.1], 300);
      const { low, high } = pairedInterval([differences], { random: seeded(repetition), resamples: 400 });
      if (low <= 0.05 && 0.05 <= high) held++;
    }
    // Binomial: 190 ± 3.1; four standard deviations, and one per cent for the finite resamples.
    assert.ok(held >= 176, `${held} of 200`);
  });

  it('is at least as wide as the t-interval over seeds', () => {
    const seeds = [
      [0.3, 0],
      [0, 0.3],
      [0.1, 0.1],
    ].map(([plus = 0, minus = 0], i) => draw(i, [plus, minus]));
    const overSeeds = tInterval(seeds.map((values) => values.reduce((sum, value) => sum + value, 0) / 1000));
    const { low, high } = pairedInterval(seeds, { random: seeded(0), resamples: 200 });
    assert.ok(low <= overSeeds.low && high >= overSeeds.high);
  });

  it('gives the same interval for the same seed', () => {
    const interval = () => pairedInterval([draw(3, [0.1, 0.1])], { random: seeded(9), resamples: 100 });
    assert.deepEqual(interval(), interval());
  });

  it('names seeds with different images', () => {
    assert.throws(
      () => pairedInterval([new Float64Array(3), new Float64Array(2)], { random: seeded(0) }),
      new ArgumentError('pairedInterval: every seed must have the same images, got 3, 2'),
    );
  });
});
