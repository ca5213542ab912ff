import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { shapes } from '../../src/data/shapes.js';
import { ArgumentError } from '../../src/errors.js';
import { localisation } from '../../src/evaluation/localisation.js';
import { seeded } from '../../src/random.js';
import { pixels } from '../fixtures/dataset.js';
import { linear } from '../fixtures/linear.js';

const image = (_: unknown, images: Tensor4D) => tf.clone(images);

describe('localisation', () => {
  it('is what a hand counts', async () => {
    // Scores 3, 1, 2, 4 and 1, 5, 1, 3 (sums of absolute channels); masks of the first and third, and of the second pixel.
    const data = {
      ...pixels(Float32Array.of(2, -1, 0.5, 0.5, -2, 0, 4, 0, 1, 0, -2, 3, 0, 1, 0, 3), [0, 0], [2, 2, 2]),
      masks: Uint8Array.of(1, 0, 1, 0, 0, 1, 0, 0),
    };
    const model = linear(tf.zeros([8, 2]));
    const found = await localisation(model, data, image);
    assert.deepEqual([...found.pointing.correct], [0, 1]);
    // 5 of 10, and 5 of 10.
    assert.deepEqual([...found.mass.values], [0.5, 0.5]);
    // The two highest of the first image are 4 and 3, of which the second is covered.
    assert.deepEqual([...found.rank.values], [0.5, 1]);
    assert.deepEqual([...found.area.values], [0.5, 0.25]);
  });

  it('is 1 for a map of the mask itself, and the area for a constant map', async () => {
    const { test } = shapes({ count: 10, test: 20, random: seeded(1) });
    const model = linear(tf.zeros([3072, 10]));
    const masks = tf.tensor4d(Float32Array.from(test.masks ?? []), [20, 32, 32, 1]);
    const before = tf.memory().numTensors;
    const free = (images: Tensor4D) => tf.tidy(() => model(images));
    const truth = await localisation(free, test, () => tf.tidy(() => tf.tile(masks, [1, 1, 1, 3])));
    const flat = await localisation(free, test, (_, images) => tf.onesLike(images), { batchSize: 7 });
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual([truth.pointing.accuracy, truth.mass.mean, truth.rank.mean], [1, 1, 1]);
    flat.mass.values.forEach((value, n) =>
      assert.ok(Math.abs(value - (flat.area.values[n] ?? NaN)) < 1e-6, `${value}`),
    );
  });

  it('needs masks', async () => {
    await assert.rejects(
      localisation(linear(tf.ones([4, 2])), pixels(new Float32Array(4), [0], [2, 2, 1]), image),
      new ArgumentError(
        'localisation: the data set must have masks [1, 2, 2] of 0 and 1, got none; shapes() makes them',
      ),
    );
  });
});
