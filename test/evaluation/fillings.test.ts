import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { blurred, checkFilling, fillingFor } from '../../src/evaluation/fillings.js';
import { removePixels } from '../../src/evaluation/removal.js';
import { seeded } from '../../src/random.js';
import { pixels, uniformPixels } from '../fixtures/dataset.js';

const floats = (...values: number[]) => Float32Array.from(values);

describe('blurred', () => {
  it('is the weighted mean of the pixels inside the image', () => {
    // σ = 1: weights 1, e^−½, e^−2 for distances 0, 1, 2; the window reaches one pixel.
    const e = Math.exp(-0.5);
    const image = blurred(pixels(floats(1, 2, 4), [0], [1, 3, 1]), { sigma: 1, radius: 1 });
    const expected = [(1 + 2 * e) / (1 + e), (2 + 5 * e) / (1 + 2 * e), (4 + 2 * e) / (1 + e)];
    image.forEach((value, i) => assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-6));
  });

  it('leaves constant channels as they are, and bytes become numbers in [0, 1]', () => {
    const bytes = Uint8Array.from({ length: 7 * 6 * 2 }, (_, i) => (i % 2 ? 51 : 204));
    const image = blurred(pixels(bytes, [0], [7, 6, 2]));
    image.forEach((value, i) => assert.ok(Math.abs(value - (i % 2 ? 0.2 : 0.8)) < 1e-6));
  });

  it('blurs rows and columns alike, each image on its own', () => {
    const data = uniformPixels(1, 2, [6, 6, 1]);
    const turned = pixels(
      Float32Array.from({ length: 72 }, (_, i) => {
        const [n, y, x] = [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6];
        return data.images[n * 36 + x * 6 + y] ?? NaN;
      }),
      [0, 0],
      [6, 6, 1],
    );
    const [one, other] = [blurred(data), blurred(turned)];
    one.forEach((value, i) => {
      const [n, y, x] = [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6];
      assert.ok(Math.abs(value - (other[n * 36 + x * 6 + y] ?? NaN)) < 1e-6);
    });
    const single = blurred({ ...data, images: data.images.subarray(36), labels: data.labels.subarray(1) });
    assert.deepEqual(single, one.subarray(36));
  });
});

describe('fillings', () => {
  const data = uniformPixels(2, 3, [4, 4, 3]);
  const options = { training: data, random: seeded(1) };

  it('put an image of the filling in the place of what is removed', () => {
    const ranks = Uint16Array.from({ length: 48 }, (_, i) => i % 16);
    for (const filling of ['blur', 'noise', () => new Float32Array(144).fill(0.3)] as const) {
      const value = fillingFor(filling, data, options);
      const { images } = removePixels(data, ranks, { level: 0.5, value });
      images.forEach((entry, i) =>
        assert.equal(entry, Math.floor(i / 3) % 16 < 8 ? value[i] : data.images[i]),
      );
    }
    assert.deepEqual([...Array.from(fillingFor('zero', data, options))], [0, 0, 0]);
  });

  it('draw the same noise for the same seed, in [0, 1], another in each image', () => {
    const draw = () => Float32Array.from(fillingFor('noise', data, { ...options, random: seeded(5) }));
    assert.deepEqual(draw(), draw());
    assert.ok(draw().every((value) => value >= 0 && value < 1));
    assert.notDeepEqual(draw().subarray(0, 48), draw().subarray(48, 96));
  });

  it('are checked', () => {
    assert.throws(
      () => checkFilling('roar', 'grey' as 'mean', 3),
      new ArgumentError("roar: value must be 'mean', 'zero', 'blur', 'noise' or numbers, got 'grey'"),
    );
    assert.throws(
      () => removePixels(data, new Uint16Array(48), { level: 0.5, value: new Float32Array(100) }),
      new ArgumentError(
        'removePixels: value must be 3 numbers in [0, 1], got 100 numbers; divide bytes by 255',
      ),
    );
  });
});
