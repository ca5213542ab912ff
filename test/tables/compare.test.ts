import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import { compare } from '../../src/tables/compare.js';

const options = () => ({ random: seeded(0) });

describe('compare', () => {
  it('gives the exact distribution of the bootstrap for two images', () => {
    // Differences 1 and 0: two drawn images have mean 0, 1/2 or 1 with probability 1/4, 1/2 and 1/4, so that the 2.5 %
    // quantile is 0 and the 97.5 % quantile 1.
    const compared = compare({ correct: [1, 1] }, { correct: [0, 1] }, options());
    assert.deepEqual(compared, { first: 1, second: 0.5, mean: 0.5, low: 0, high: 1, seeds: 1, images: 2 });
  });

  it('finds the binomial quantiles of one difference among four images', () => {
    // The drawn mean is k/4 with k ~ Binomial(4, 1/4): P(k = 0) = 0.316, P(k ≤ 2) = 0.949, P(k ≤ 3) = 0.996.
    const { mean, low, high } = compare({ values: [3, 2, 5, 7] }, { values: [2, 2, 5, 7] }, options());
    assert.deepEqual([mean, low, high], [0.25, 0, 0.75]);
  });

  it('takes pairs, not two samples: a constant shift has no spread', () => {
    const { mean, low, high } = compare({ values: [9, 1, 5] }, { values: [7, -1, 3] }, options());
    assert.deepEqual([mean, low, high], [2, 2, 2]);
  });

  it('adds the spread over seeds from three of them on', () => {
    // Each seed's difference is the same in every image, 0.1, 0.2 and 0.3: resampled seeds lie within them, and the
    // t-interval 0.2 ± 4.3027 · 0.1/√3 is wider.
    const rows = [0.1, 0.2, 0.3].map((value, seed) => ({ seed, level: 0.5, values: [value, value] }));
    const zeros = rows.map((row) => ({ ...row, values: [0, 0] }));
    const { mean, low, high, seeds } = compare(rows, zeros, options());
    const half = (4.3027 * 0.1) / Math.sqrt(3);
    // Sums of three decimal fractions round in the last digit.
    assert.ok(Math.abs(mean - 0.2) < 1e-12 && seeds === 3);
    assert.ok(Math.abs(low - (0.2 - half)) < 1e-12 && Math.abs(high - (0.2 + half)) < 1e-12);
    assert.equal(compare(rows.slice(0, 2), zeros.slice(0, 2), options()).seeds, 2);
  });

  it('pairs rows by seed, level and order, whatever their places, and leaves level 0 out', () => {
    const row = (seed: number, level: number, correct: number[]) => ({ seed, level, correct });
    const first = [row(0, 0, [1, 1]), row(0, 0.2, [1, 1]), row(1, 0, [1, 1]), row(1, 0.2, [1, 0])];
    const second = [row(1, 0.2, [1, 0]), row(0, 0.2, [0, 0]), row(1, 0, [0, 0]), row(0, 0, [0, 0])];
    // Seed 0 differs by 1 in both images, seed 1 in none.
    const { mean, first: ours, second: theirs, seeds } = compare(first, second, options());
    assert.deepEqual([mean, ours, theirs, seeds], [0.5, 0.75, 0.25, 2]);
  });

  it('means over levels, and compares level 0 where there is no other', () => {
    const row = (level: number, correct: number[]) => ({ level, correct });
    const first = [row(0.2, [1, 1]), row(0.4, [1, 1])];
    const second = [row(0.2, [1, 1]), row(0.4, [0, 0])];
    const both = compare(first, second, options());
    assert.deepEqual([both.mean, both.low, both.high, both.seeds], [0.5, 0.5, 0.5, 1]);
    assert.equal(compare(row(0, [1, 1]), row(0, [0, 0]), options()).mean, 1);
  });

  it('gives the same interval for the same seed', () => {
    const of = () => compare({ values: [1, 2, 3, 4, 9] }, { values: [0, 3, 1, 4, 4] }, options());
    assert.deepEqual(of(), of());
  });

  it('names what cannot be compared', () => {
    const row = (seed: number, level: number, correct = [1, 0]) => ({ seed, level, correct });
    const failures: [Parameters<typeof compare>[0], Parameters<typeof compare>[1], string][] = [
      [[row(0, 0.2)], [row(1, 0.2)], 'both results must have the same seeds, got 0 and 1'],
      [[row(0, 0.2)], [row(0, 0.4)], 'both results must have the same levels, got 0.2 and 0.4'],
      [[], [], 'a result must hold at least one row, got none'],
      [{ values: [] }, { values: [] }, 'a result must hold at least one image, got none'],
      [row(0, 0.2), row(0, 0.2, [1]), 'both results must be of the same images, got 2 and 1 of them'],
      [
        [row(0, 0.2), row(0, 0.2)],
        row(0, 0.2),
        'a result must hold each seed and level once, got seed 0 and level 0.2 twice',
      ],
      [
        { values: [1, Infinity] },
        { values: [1, 1] },
        'values must be finite, got Infinity for image 1; leave out images without a value',
      ],
    ];
    for (const [first, second, message] of failures)
      assert.throws(() => compare(first, second, options()), new ArgumentError(`compare: ${message}`));
    // As a script without types may do.
    assert.throws(
      () => compare({ accuracy: 0.5 } as never, { correct: [1] }, options()),
      new ArgumentError(
        'compare: a result must hold correct or values of each image, as accuracy, roar and alignment return them',
      ),
    );
    assert.throws(
      () => compare({ correct: [1] }, { correct: [1] }, { ...options(), resamples: 10 }),
      new ArgumentError('compare: resamples must be an integer of at least 100, got 10'),
    );
    assert.throws(
      () => compare({ correct: [1] }, { correct: [1] }, {} as never),
      new ArgumentError('compare: random must be a seeded stream such as seeded(0), got none'),
    );
  });
});
