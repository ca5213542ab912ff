import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../../src/data/dataset.js';
import { strongAccuracy } from '../../src/evaluation/strongAccuracy.js';
import { seeded } from '../../src/random.js';
import { linear } from '../fixtures/linear.js';

/**
 * Two grey pixels; class 1 where their sum exceeds 1, so an image's l2 distance to it is |sum − 1| / √2. Two more classes
 * are never near. A large scale saturates the softmax, whose gradient vanishes: nothing is more robust for it.
 */
const model = (scale: number) => (images: Tensor4D) =>
  tf.tidy(() => {
    const weights = tf.tensor2d([-1, 1, 0, 0, -1, 1, 0, 0], [2, 4]);
    const logits = tf.add<Tensor2D>(linear(weights)(images), tf.tensor1d([1, -1, -9, -9]));
    return tf.mul<Tensor2D>(logits, scale);
  });

const distances = [0.05, 0.15, 0.25, 0.35];
const dataset: Dataset = {
  images: Float32Array.from(distances.flatMap((d) => [0.5 + d / Math.SQRT2, 0.5 + d / Math.SQRT2])),
  // The last image's label is wrong.
  labels: Int32Array.of(1, 1, 1, 0),
  shape: [1, 2, 1],
  classes: ['dark', 'bright', 'red', 'blue'],
  source: { name: 'test', official: null, checksum: '', caption: '' },
};
const ball = { norm: 'l2', epsilon: 0.2, steps: 20 } as const;

describe('strongAccuracy', () => {
  it('counts the images whose distance to the boundary exceeds epsilon, and leaves nothing in memory', async () => {
    const before = tf.memory().numTensors;
    const options = { ...ball, batchSize: 3, random: seeded(1) };
    const { correct, accuracy } = await strongAccuracy(model(1), dataset, options);
    assert.deepEqual([...correct], [0, 0, 1, 0]);
    assert.equal(accuracy, 1 / 4);
    assert.equal(tf.memory().numTensors, before);
  });

  it('is not fooled by a saturated softmax', async () => {
    const { correct } = await strongAccuracy(model(1e6), dataset, { ...ball, random: seeded(1) });
    assert.deepEqual([...correct], [0, 0, 1, 0]);
  });
});
