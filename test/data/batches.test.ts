import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { drawAugmentation } from '../../src/data/augmentation.js';
import { batches, gather, planBatches } from '../../src/data/batches.js';
import type { Dataset } from '../../src/data/dataset.js';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';

const source = { name: 'counting', official: null, checksum: '', caption: 'counting' };

/** Five images [2, 3, 1]; image i holds the bytes 6i…6i+5. */
const counting: Dataset = {
  images: Uint8Array.from({ length: 30 }, (_, i) => i),
  labels: Int32Array.of(0, 1, 2, 3, 4),
  shape: [2, 3, 1],
  classes: ['a', 'b', 'c', 'd', 'e'],
  source,
};

/** Moves and flips one image as the definition says, pixel by pixel. */
function slowly(image: Float32Array, [row, column, flip]: [number, number, number], side: number) {
  return Float32Array.from({ length: image.length }, (_, i) => {
    const channel = i % 3;
    const x = Math.floor(i / 3) % side;
    const y = Math.floor(i / (3 * side)) + row - 4;
    const from = (flip ? side - 1 - x : x) + column - 4;
    const inside = y >= 0 && y < side && from >= 0 && from < side;
    return inside ? (image[(y * side + from) * 3 + channel] ?? 0) : 0;
  });
}

describe('batches', () => {
  it('gives images in order as float32 in [0, 1], the last batch smaller', () => {
    const before = tf.memory().numTensors;
    const seen = [...batches(counting, { size: 2 })];
    assert.deepEqual(
      seen.map(({ images }) => images.shape),
      [
        [2, 2, 3, 1],
        [2, 2, 3, 1],
        [1, 2, 3, 1],
      ],
    );
    const bytes = seen.flatMap(({ images }) => [...images.dataSync()]);
    assert.deepEqual(
      bytes,
      [...counting.images].map((byte) => Math.fround(byte / 255)),
    );
    assert.deepEqual(
      seen.flatMap(({ labels }) => [...labels.dataSync()]),
      [0, 1, 2, 3, 4],
    );
    assert.equal(seen[0]?.labels.dtype, 'int32');
    seen.forEach(({ images, labels }) => tf.dispose([images, labels]));
    assert.equal(tf.memory().numTensors, before);
  });

  it('shuffles with random so that each image comes once, with its own label', () => {
    const seen = [...batches(counting, { size: 2, random: seeded(1) })];
    const indices = seen.flatMap((batch) => [...batch.indices]);
    assert.notDeepEqual(indices, [0, 1, 2, 3, 4]);
    assert.deepEqual([...indices].sort(), [0, 1, 2, 3, 4]);
    assert.deepEqual(
      seen.flatMap(({ labels }) => [...labels.dataSync()]),
      indices,
    );
    assert.deepEqual(
      seen.flatMap(({ images }) => [...images.dataSync()]).filter((_, i) => i % 6 === 0),
      indices.map((i) => Math.fround((6 * i) / 255)),
    );
    seen.forEach(({ images, labels }) => tf.dispose([images, labels]));
  });

  it('repeats an order for the same seed, and takes another one at the next call', () => {
    const order = (random = seeded(3)) => [...planBatches(100, { size: 100, random })][0]?.indices;
    assert.deepEqual(order(), order());
    const random = seeded(3);
    assert.deepEqual(order(random), order());
    assert.notDeepEqual(order(random), order());
  });

  it('drops a last batch that is not full on request', () => {
    const sizes = [...planBatches(5, { size: 2, dropLast: true })].map(({ indices }) => indices.length);
    assert.deepEqual(sizes, [2, 2]);
  });

  it('crops with zeros from outside and flips, as the definition pixel by pixel', () => {
    const random = seeded(11);
    const side = 8;
    const images = Float32Array.from({ length: 64 * side * side * 3 }, () => random.uniform());
    const data: Dataset = { ...counting, images, labels: new Int32Array(64), shape: [side, side, 3] };
    const draws = drawAugmentation(64, random);
    const indices = random.permutation(64);
    const fast = gather(data, indices, draws);
    const size = side * side * 3;
    indices.forEach((index, i) => {
      const image = images.subarray(index * size, (index + 1) * size);
      const how: [number, number, number] = [draws.rows[i] ?? 0, draws.columns[i] ?? 0, draws.flips[i] ?? 0];
      assert.deepEqual(fast.slice(i * size, (i + 1) * size), slowly(image, how, side));
    });
  });

  it('draws every offset 0…8 and flips half of the images', () => {
    const { rows, columns, flips } = drawAugmentation(9000, seeded(2));
    for (const offsets of [rows, columns]) {
      const counts = Array.from({ length: 9 }, (_, k) => offsets.filter((offset) => offset === k).length);
      // Five standard deviations of a binomial with n = 9000, p = 1/9: 149.
      for (const count of counts) assert.ok(Math.abs(count - 1000) < 149, `${counts.join(' ')}`);
    }
    const flipped = flips.reduce((sum, flip) => sum + flip, 0);
    assert.ok(Math.abs(flipped - 4500) < 5 * Math.sqrt(9000 / 4));
  });

  it('augments a batch as its plan says', () => {
    const plan = [...planBatches(5, { size: 3, random: seeded(4), augment: true })];
    const seen = [...batches(counting, { size: 3, random: seeded(4), augment: true })];
    seen.forEach(({ images, labels, indices }, i) => {
      assert.deepEqual(indices, plan[i]?.indices);
      assert.deepEqual(images.dataSync(), gather(counting, indices, plan[i]?.augmentation));
      tf.dispose([images, labels]);
    });
  });

  it('names the remedy for a wrong size and for augmentation without random', () => {
    assert.throws(
      () => [...batches(counting, { size: 0 })],
      new ArgumentError('batches: size must be a positive integer, got 0'),
    );
    assert.throws(
      () => [...batches(counting, { size: 1, augment: true })],
      new ArgumentError('batches: augment needs random, got none; pass random: seeded(n)'),
    );
  });
});
