import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { imputePixels } from '../../src/evaluation/imputation.js';
import { rankPixels } from '../../src/evaluation/removal.js';
import { road } from '../../src/evaluation/road.js';
import { seeded } from '../../src/random.js';
import { uniformPixels } from '../fixtures/dataset.js';
import { patch, planted, trainLinear } from '../fixtures/planted.js';

const data = planted(200, seeded(2));
const model = await trainLinear(planted(600, seeded(1)), { random: seeded(3), label: '' });
const oracle = (_: unknown, images: tf.Tensor4D) => {
  const map = Float32Array.from({ length: 192 }, (_, i) => (patch.includes(Math.floor(i / 3)) ? 1 : 0));
  return tf.tidy(() => tf.tile(tf.tensor4d(map, [1, 8, 8, 3]), [images.shape[0], 1, 1, 1]));
};

describe('road', () => {
  it('falls to chance where the planted patch goes first, and not where it goes last', async () => {
    const before = tf.memory().numTensors;
    const rows = await road(model, data, oracle, {
      levels: [0, 0.1],
      orders: ['morf', 'lerf'],
      random: seeded(4),
    });
    // The model's own weights are tensors that it keeps.
    assert.equal(tf.memory().numTensors, before);
    const at = (order: string, level: number) =>
      rows.find((row) => row.order === order && row.level === level)?.accuracy ?? NaN;
    assert.equal(at('morf', 0), at('lerf', 0));
    assert.ok(at('lerf', 0.1) > 0.9, `${at('lerf', 0.1)}`);
    // Chance is 1/4, its standard error on 200 images 0.03.
    assert.ok(Math.abs(at('morf', 0.1) - 0.25) < 0.124, `${at('morf', 0.1)}`);
  });

  it('does not depend on the batch size', async () => {
    const run = (batchSize: number) =>
      road(model, data, oracle, { levels: [0.5], noise: 0.3, batchSize, random: seeded(5) });
    assert.deepEqual(await run(200), await run(33));
  });

  it('refuses to remove everything, and orders it does not know', async () => {
    await assert.rejects(
      road(model, data, oracle, { levels: [1], random: seeded(1) }),
      new ArgumentError('road: level must leave a pixel to impute from, got 1'),
    );
    await assert.rejects(
      road(model, data, oracle, { orders: ['up' as 'morf'], random: seeded(1) }),
      new ArgumentError("road: order must be 'morf' or 'lerf', got up"),
    );
  });
});

describe('imputePixels', () => {
  const noise = uniformPixels(6, 5, [6, 6, 3]);
  const random = seeded(7);
  const ranks = rankPixels(
    Float32Array.from(noise.images, () => random.uniform()),
    { shape: [5, 6, 6, 3] },
  );

  it('changes exactly round(level · H·W) pixels, nested over levels, and lerf those that morf keeps', () => {
    const changed = (level: number, order: 'morf' | 'lerf') => {
      const { images } = imputePixels(noise, ranks, { level, order, random: seeded(1) });
      return Array.from({ length: 180 }, (_, i) => images[3 * i] !== noise.images[3 * i]);
    };
    for (const level of [0, 0.25, 0.5]) {
      const [first, last] = [changed(level, 'morf'), changed(1 - level - 0.01, 'lerf')];
      for (let n = 0; n < 5; n++) {
        const own = first.slice(36 * n, 36 * n + 36);
        assert.equal(own.filter(Boolean).length, Math.round(36 * level));
        if (level > 0) assert.ok(own.every((flag, i) => flag !== last[36 * n + i]));
      }
      assert.ok(changed(0.2, 'morf').every((flag, i) => !flag || level < 0.2 || first[i]));
    }
  });

  it('adds noise of the given size to what it interpolates, another in each image', () => {
    const options = { level: 0.5, random: seeded(1) };
    const plain = imputePixels(noise, ranks, { ...options, noise: 0 }).images;
    const noisy = imputePixels(noise, ranks, { ...options, noise: 0.1 }).images;
    const added = Array.from(noisy, (value, i) => value - (plain[i] ?? NaN)).filter((value) => value !== 0);
    assert.equal(added.length, 5 * 18 * 3);
    const variance = added.reduce((sum, value) => sum + value ** 2, 0) / added.length;
    // Relative standard error √(2/270) = 0.086.
    assert.ok(Math.abs(variance / 0.01 - 1) < 0.35, `${variance}`);
    assert.equal(new Set(added).size, added.length);
  });

  it('refuses ranks of channels', () => {
    assert.throws(
      () => imputePixels(noise, new Uint16Array(5 * 108), { level: 0.5, random: seeded(1) }),
      new ArgumentError('imputePixels: ranks must be [5, 36], of pixels, got 540 values'),
    );
  });
});
