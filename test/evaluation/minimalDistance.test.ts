import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { boundaryDistance } from '../../src/evaluation/boundaryDistance.js';
import { minimalDistance } from '../../src/evaluation/minimalDistance.js';
import { pixels, uniformPixels } from '../fixtures/dataset.js';
import { linear, normalMatrix } from '../fixtures/linear.js';

/** A linear model whose boundaries lie near the images: its logits are small at the grey image. */
const centred = (classes: number) => {
  const weights = tf.mul<Tensor2D>(normalMatrix(2, 48, classes), 0.1);
  return (images: Tensor4D) => linear(weights)(tf.sub(images, 0.5));
};

/** The quotients of the minimal attack's distance and the exact one. */
async function quotients(classes: number): Promise<number[]> {
  // Distances of 0.01 to 0.5, at which [0, 1] stops nothing: entries move by a seventh of them on average.
  const data = uniformPixels(1, 30, [4, 4, 3], [0.25, 0.75]);
  const { distance } = await boundaryDistance(centred(classes), data);
  const found = await minimalDistance(centred(classes), data);
  return Array.from(found.values, (value, n) => value / (distance.values[n] ?? NaN));
}

describe('minimalDistance', () => {
  it('is the distance to the boundary of linear models, of two and of more classes', async () => {
    // Margins are sums of 48 products of the order of 0.1, in float32: 1e-7 of a distance of 0.01.
    for (const classes of [2, 5])
      for (const quotient of await quotients(classes))
        assert.ok(Math.abs(quotient - 1) < 1e-4, `${quotient}`);
  });

  it('is infinite where nothing changes the class, and leaves nothing in memory', async () => {
    const data = pixels(Float32Array.of(0.6, 0.8), [0], [1, 2, 1]);
    const flat = (images: Tensor4D) =>
      tf.tidy(() => tf.add<Tensor2D>(tf.sum(tf.mul(images, 0), [1, 2]), tf.tensor2d([[1, 0]])));
    const before = tf.memory().numTensors;
    const { values, median } = await minimalDistance(flat, data, { steps: 3 });
    assert.deepEqual([values[0], median], [Infinity, Infinity]);
    assert.equal(tf.memory().numTensors, before);
  });
});
