import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../../src/data/dataset.js';
import { ArgumentError } from '../../src/errors.js';
import { robustAccuracy } from '../../src/evaluation/robustAccuracy.js';
import { linear } from '../fixtures/linear.js';

/** Two grey pixels; class 1 where their sum exceeds 1, so an image's l2 distance to it is |sum − 1| / √2. */
const model = (images: Tensor4D): Tensor2D =>
  tf.tidy(() => tf.add(linear(tf.tensor2d([-1, 1, -1, 1], [2, 2]))(images), tf.tensor1d([1, -1])));

const distances = [0.05, 0.15, 0.25, 0.35];
const dataset: Dataset = {
  images: Float32Array.from(distances.flatMap((d) => [0.5 + d / Math.SQRT2, 0.5 + d / Math.SQRT2])),
  // The last image's label is wrong.
  labels: Int32Array.of(1, 1, 1, 0),
  shape: [1, 2, 1],
  classes: ['dark', 'bright'],
  source: { name: 'test', official: null, checksum: '', caption: '' },
};

describe('robustAccuracy', () => {
  it('counts the images whose distance to the boundary exceeds epsilon, exactly for a linear model', async () => {
    for (const [epsilon, expected] of [
      [0, [1, 1, 1, 0]],
      [0.1, [0, 1, 1, 0]],
      [0.2, [0, 0, 1, 0]],
      [0.3, [0, 0, 0, 0]],
    ] as const) {
      const { correct, accuracy } = await robustAccuracy(model, dataset, {
        norm: 'l2',
        epsilon,
        batchSize: 3,
      });
      assert.deepEqual([...correct], expected);
      assert.equal(accuracy, expected.reduce<number>((a, b) => a + b, 0) / 4);
    }
  });

  it('does not count an image as robust that is wrong when clean', async () => {
    // Targeted at its own wrong label, the attack makes the last image right.
    const options = { norm: 'l2', epsilon: 0.4, targeted: true } as const;
    assert.deepEqual([...(await robustAccuracy(model, dataset, options)).correct], [1, 1, 1, 0]);
  });

  it('leaves nothing in memory, and refuses what pgd refuses', async () => {
    const before = tf.memory().numTensors;
    await robustAccuracy(model, dataset, { norm: 'linf', epsilon: 0.1 });
    assert.equal(tf.memory().numTensors, before);
    await assert.rejects(
      robustAccuracy(model, dataset, { norm: 'l2', epsilon: NaN }),
      new ArgumentError('pgd: epsilon must be a number ≥ 0, got NaN'),
    );
  });
});
