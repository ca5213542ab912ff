import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gradientTimesInput } from '../../src/attribution/gradientTimesInput.js';
import { homogeneous, linear, uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

describe('gradientTimesInput', () => {
  it('is w ⊙ x on a linear model', async () => {
    const model = linear(tf.tensor2d([1, -2, 3, 4], [2, 2]));
    const maps = await gradientTimesInput(model, tf.tensor4d([0.5, 2], [1, 1, 2, 1]), [1]);
    assert.deepEqual([...(await maps.data())], [-1, 8]);
  });

  it('adds up to the logit for ReLUs without biases (Euler)', async () => {
    const model = homogeneous(1, 48);
    const images = uniformImages(2, [5, 4, 4, 3]);
    const before = tf.memory().numTensors;
    const maps = await gradientTimesInput(model, images, [0, 1, 2, 0, 1]);
    assert.equal(tf.memory().numTensors, before + 1);
    const logits = tf.gather(model(images), tf.tensor1d([0, 1, 2, 0, 1], 'int32'), 1, 1);
    // Logits of order 50 by sums of 48 and 16 float32 products.
    await assertNear(tf.sum(maps, [1, 2, 3]), logits, 1e-4);
  });
});
