import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checksum } from '../../src/data/checksum.js';
import type { Dataset } from '../../src/data/dataset.js';
import { ArgumentError } from '../../src/errors.js';
import { keepPixels, maskOnly, rankPixels, removePixels } from '../../src/evaluation/removal.js';
import { seeded } from '../../src/random.js';

function dataset(images: Uint8Array | Float32Array, shape: Dataset['shape']): Dataset {
  const labels = new Int32Array(images.length / (shape[0] * shape[1] * shape[2]));
  const source = {
    name: 'test',
    official: null,
    checksum: checksum({ images, labels, shape }),
    caption: 'test',
  };
  return { images, labels, shape, classes: ['a'], source };
}

function floats(...values: number[]): Float32Array {
  return Float32Array.from(values);
}

function randomSet(seed: number): { data: Dataset; maps: Float32Array } {
  const random = seeded(seed);
  const images = Uint8Array.from({ length: 3 * 6 * 5 * 3 }, () => 1 + random.integer(255));
  const maps = Float32Array.from({ length: images.length }, () => random.normal());
  return { data: dataset(images, [6, 5, 3]), maps };
}

describe('rankPixels', () => {
  it('orders by the sum of absolute values over channels', () => {
    // Sums 1.5, 3, 0, 2.
    const maps = floats(1, -0.5, -3, 0, 0, 0, 1, 1);
    assert.deepEqual([...rankPixels(maps, { shape: [1, 2, 2, 2] })], [2, 0, 3, 1]);
  });

  it('breaks ties by position', () => {
    assert.deepEqual([...rankPixels(floats(0, 2, 0, 2, -2, 0), { shape: [1, 2, 3] })], [3, 0, 4, 1, 2, 5]);
    assert.deepEqual([...rankPixels(new Float32Array(6), { shape: [1, 2, 3] })], [0, 1, 2, 3, 4, 5]);
  });

  it('takes each image on its own', () => {
    assert.deepEqual([...rankPixels(floats(1, 2, 20, 10), { shape: [2, 1, 2] })], [1, 0, 0, 1]);
  });

  it('orders single channel values on request', () => {
    assert.deepEqual(
      [...rankPixels(floats(1, -4, 3, 2), { shape: [1, 1, 2, 2], unit: 'channel' })],
      [3, 0, 1, 2],
    );
  });

  it('agrees with a comparison sort for tiny, huge, infinite and negative values', () => {
    const random = seeded(1);
    const maps = Float32Array.from(
      { length: 1000 },
      () => random.normal() * 10 ** (80 * random.uniform() - 42),
    );
    const order = Array.from(maps.keys()).sort(
      (a, b) => Math.abs(maps[b] ?? 0) - Math.abs(maps[a] ?? 0) || a - b,
    );
    const ranks = rankPixels(maps, { shape: [1, 10, 100] });
    order.forEach((position, rank) => assert.equal(ranks[position], rank));
  });

  it('counts past 65,536 entries', () => {
    const maps = Float32Array.from({ length: 70_000 }, (_, i) => i);
    const ranks = rankPixels(maps, { shape: [1, 700, 100] });
    assert.equal(ranks[0], 69_999);
    assert.equal(ranks[69_999], 0);
  });

  it('refuses NaN and shapes that do not fit', () => {
    assert.throws(
      () => rankPixels(floats(1, NaN), { shape: [1, 1, 2] }),
      new ArgumentError('rankPixels: maps must be numbers, got NaN in image 0'),
    );
    assert.throws(
      () => rankPixels(floats(1, 2, 3), { shape: [1, 1, 2] }),
      new ArgumentError(
        'rankPixels: maps must have the shape [N, H, W] or [N, H, W, C], got 3 values for [1, 1, 2]',
      ),
    );
  });
});

describe('removePixels', () => {
  it('replaces the most important pixels by the value, in all channels', () => {
    const data = dataset(Uint8Array.of(51, 102, 153, 204), [1, 2, 2]);
    const ranks = rankPixels(floats(1, 2), { shape: [1, 1, 2] });
    const { images, source } = removePixels(data, ranks, { level: 0.5, value: [0.25, 0.75] });
    assert.deepEqual(images, floats(51 / 255, 102 / 255, 0.25, 0.75));
    assert.equal(source.caption, 'test, 50 % of pixels removed');
    assert.notEqual(source.checksum, data.source.checksum);
  });

  it('replaces single channel values where these are ranked', () => {
    const data = dataset(floats(0.1, 0.2, 0.3, 0.4), [1, 2, 2]);
    const ranks = rankPixels(floats(1, -4, 3, 2), { shape: [1, 1, 2, 2], unit: 'channel' });
    const { images, source } = removePixels(data, ranks, { level: 0.5, value: [0, 1] });
    assert.deepEqual(images, floats(0.1, 1, 0, 0.4));
    assert.equal(source.caption, 'test, 50 % of channel values removed');
  });

  it('removes exactly round(level · H·W) pixels, nested over levels, and keepPixels removes the others', () => {
    for (let seed = 0; seed < 5; seed++) {
      const { data, maps } = randomSet(seed);
      const ranks = rankPixels(maps, { shape: [3, 6, 5, 3] });
      // No image value is 0, so 0 marks what was removed.
      const value = [0, 0, 0];
      let before = new Set<number>();
      for (const level of [0, 0.05, 0.2, 1 / 3, 0.6, 0.99, 1]) {
        const removed = removePixels(data, ranks, { level, value }).images;
        const kept = keepPixels(data, ranks, { level, value }).images;
        const mask = maskOnly(data, ranks, { level }).images;
        const now = new Set<number>();
        removed.forEach((entry, i) => {
          if (entry === 0) now.add(i);
          assert.equal(mask[i], entry === 0 ? 1 : 0);
          assert.equal(entry + (kept[i] ?? NaN), Math.fround((data.images[i] ?? NaN) / 255));
        });
        for (let n = 0; n < 3; n++) {
          const count = [...now].filter((i) => Math.floor(i / 90) === n).length;
          assert.equal(count, 3 * Math.round(level * 30), `level ${level}`);
        }
        assert.ok(
          [...before].every((i) => now.has(i)),
          `level ${level} is not nested`,
        );
        before = now;
      }
    }
  });

  it('says what does not fit', () => {
    const { data, maps } = randomSet(1);
    const ranks = rankPixels(maps, { shape: [3, 6, 5, 3] });
    const throws = (run: () => unknown, message: string) => assert.throws(run, new ArgumentError(message));
    throws(
      () => removePixels(data, ranks, { level: 60, value: [0, 0, 0] }),
      'removePixels: level must be in 0…1, got 60; 0.6 means 60 %',
    );
    throws(
      () => keepPixels(data, ranks, { level: 0.6, value: [0] }),
      'keepPixels: value must be 3 numbers in [0, 1], got [0]; divide bytes by 255',
    );
    throws(
      () => maskOnly(data, ranks.subarray(1), { level: 0.6 }),
      'maskOnly: ranks must be [3, 30] for pixels or [3, 90] for channels, got 89 values',
    );
  });
});
