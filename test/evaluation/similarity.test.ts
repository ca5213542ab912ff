import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { spearman, ssim, topOverlap } from '../../src/evaluation/similarity.js';
import { seeded } from '../../src/random.js';

const list = (...values: number[]) => Float32Array.from(values);
const near = (value: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} for ${expected}`);

describe('spearman', () => {
  it('is 1 for every rising function, −1 for every falling one', () => {
    const values = list(3, -1, 2, 10, 0.5);
    near(spearman(values, values.map(Math.exp)), 1);
    near(
      spearman(
        values,
        values.map((value) => -(value ** 3)),
      ),
      -1,
    );
  });

  it('is 1 − 6 Σd²/n(n² − 1) without ties', () => {
    // Ranks 0, 1, 2, 3 and 1, 0, 3, 2: Σd² = 4, n = 4: 1 − 24/60.
    near(spearman(list(1, 2, 3, 4), list(2, 1, 4, 3)), 0.6);
  });

  it('gives ties their mean rank', () => {
    // Ranks 0.5, 0.5, 2 and 0, 1, 2 about their mean 1: (−.5, −.5, 1)·(−1, 0, 1) = 1.5, squares 1.5 and 2.
    near(spearman(list(1, 1, 5), list(1, 2, 3)), 1.5 / Math.sqrt(3));
    // The two zeros have different signs, and are equal.
    near(spearman(list(0, -0, 5), list(1, 2, 3)), 1.5 / Math.sqrt(3));
  });

  it('is 0 for a constant list, and an error for NaN and other lengths', () => {
    assert.equal(spearman(list(2, 2, 2), list(1, 2, 3)), 0);
    assert.throws(
      () => spearman(list(1, NaN), list(1, 2)),
      new ArgumentError('spearman: values must be numbers, got NaN'),
    );
    assert.throws(
      () => spearman(list(1), list(1, 2)),
      new ArgumentError('spearman: both lists must have the same length of at least 1, got 1 and 2'),
    );
  });
});

describe('topOverlap', () => {
  it('counts what is among the largest of both', () => {
    // The two largest of each: positions 0, 1 and 1, 3.
    assert.equal(topOverlap(list(9, 8, 1, 2), list(0, 5, 1, 7), 0.5), 0.5);
    assert.equal(topOverlap(list(9, 8, 1, 2), list(0, 5, 1, 7), 1), 1);
  });

  it('takes one entry at least, the first of equal ones', () => {
    assert.equal(topOverlap(list(3, 3, 3), list(4, 4, 1), 0.01), 1);
    assert.throws(
      () => topOverlap(list(1), list(1), 0),
      new ArgumentError('topOverlap: top must be in (0, 1], got 0'),
    );
  });
});

describe('ssim', () => {
  const random = seeded(1);
  const noise = Float32Array.from({ length: 12 * 13 }, () => random.uniform());

  it('is 1 for equal images, and symmetric', () => {
    near(ssim(noise, noise, [12, 13]), 1, 1e-12);
    const other = noise.map((value) => 1 - value);
    near(ssim(noise, other, [12, 13]), ssim(other, noise, [12, 13]), 1e-12);
    assert.ok(ssim(noise, other, [12, 13]) < 0);
  });

  it('compares the means of constant images: (2ab + c₁)/(a² + b² + c₁)', () => {
    const [a, b] = [new Float32Array(121).fill(0.5), new Float32Array(121).fill(0.25)];
    near(ssim(a, b, [11, 11]), (0.25 + 1e-4) / (0.3125 + 1e-4), 1e-9);
  });

  it('refuses images smaller than the window', () => {
    assert.throws(
      () => ssim(noise, noise, [10, 13]),
      new ArgumentError('ssim: images must be [H, W] of at least 11×11, got 156 and 156 values for 10×13'),
    );
  });
});
