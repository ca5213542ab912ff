import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interpolate } from '../../src/evaluation/interpolate.js';
import { seeded } from '../../src/random.js';

const near = (got: number | undefined, expected: number) =>
  // Float32 values of the order of 1.
  assert.ok(Math.abs((got ?? NaN) - expected) < 1e-6, `${got} for ${expected}`);

describe('interpolate', () => {
  it('takes 1/6 of the pixels beside and 1/12 of those across the corners', () => {
    const image = Float32Array.of(1, 2, 3, 4, NaN, 6, 7, 8, 9.6);
    interpolate(image, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), [3, 3, 1]);
    near(image[4], (2 + 4 + 6 + 8) / 6 + (1 + 3 + 7 + 9.6) / 12);
  });

  it('shares the weights of neighbours outside of the image among the others', () => {
    const image = Float32Array.of(NaN, 2, 4, 8);
    interpolate(image, Uint8Array.of(1, 0, 0, 0), [2, 2, 1]);
    near(image[0], ((2 + 4) / 6 + 8 / 12) / (1 / 6 + 1 / 6 + 1 / 12));
  });

  it('solves for neighbours that are missing together, channel by channel', () => {
    // x = y = (their known neighbours' weighted means): a row of a, x, y, b: x = (a + y)/2, y = (x + b)/2.
    const image = Float32Array.of(0, 3, NaN, NaN, NaN, NaN, 6, 0);
    interpolate(image, Uint8Array.of(0, 1, 1, 0), [1, 4, 2]);
    [0, 3, 2, 2, 4, 1, 6, 0].forEach((value, i) => near(image[i], value));
  });

  it('leaves every missing pixel at the weighted mean of its neighbours, and the others as they are', () => {
    const random = seeded(1);
    for (const [height, width] of [
      [7, 5],
      [5, 9],
      [1, 6],
      [6, 1],
    ] as const) {
      const before = Float32Array.from({ length: height * width }, () => random.uniform());
      const missing = Uint8Array.from(before, () => (random.uniform() < 0.8 ? 1 : 0));
      missing[3] = 0;
      const image = before.slice();
      interpolate(image, missing, [height, width, 1]);
      image.forEach((value, i) => {
        if (!missing[i]) return assert.equal(value, before[i]);
        let [sum, total] = [0, 0];
        for (let y = -1; y <= 1; y++)
          for (let x = -1; x <= 1; x++) {
            const [row, column] = [Math.floor(i / width) + y, (i % width) + x];
            if (row < 0 || column < 0 || row >= height || column >= width || (y === 0 && x === 0)) continue;
            const weight = x && y ? 1 / 12 : 1 / 6;
            sum += weight * (image[row * width + column] ?? NaN);
            total += weight;
          }
        near(value, sum / total);
      });
    }
  });
});
