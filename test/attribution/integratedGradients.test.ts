import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { integratedGradients } from '../../src/attribution/integratedGradients.js';
import { ArgumentError } from '../../src/errors.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

/** A function of two inputs as the only logit. */
function ofTwo(f: (x1: Tensor2D, x2: Tensor2D) => tf.Tensor): (images: Tensor4D) => Tensor2D {
  return (images) => {
    const [x1, x2] = tf.split(tf.reshape(images, [-1, 2]), 2, 1) as [Tensor2D, Tensor2D];
    return f(x1, x2) as Tensor2D;
  };
}

describe('integratedGradients', () => {
  it('is (x − x′) ⊙ w on a linear model, for every rule and number of steps', async () => {
    const model = linear(tf.tensor2d([1, -2, 3, 4], [2, 2]));
    const image = tf.tensor4d([0.5, 2], [1, 1, 2, 1]);
    for (const rule of ['gauss-legendre', 'midpoint'] as const) {
      for (const steps of [1, 2, 7, 50]) {
        await assertNear(await integratedGradients(model, image, [1], { steps, rule }), [-1, 8], 1e-5);
      }
    }
    const grey = await integratedGradients(model, image, [0], { baseline: 0.5 });
    await assertNear(grey, [0, 4.5], 1e-5);
    const own = tf.tensor3d([0.5, 1], [1, 2, 1]);
    await assertNear(await integratedGradients(model, image, [0], { baseline: own }), [0, 3], 1e-5);
  });

  it('gives both implementations of one function the same maps (Sundararajan 2017, figure 7)', async () => {
    // At (3, 1) the path α(3, 1) is active from α = 1/2 on, with slopes 1 and −1: 3 · 1/2 and −1 · 1/2. Midpoints of an
    // even number of pieces see exactly that.
    const f = ofTwo((x1, x2) => tf.relu(tf.sub(tf.sub(tf.relu(x1), 1), tf.relu(x2))));
    const g = ofTwo((x1, x2) => tf.relu(tf.sub(tf.relu(tf.sub(x1, 1)), tf.relu(x2))));
    const image = tf.tensor4d([3, 1], [1, 1, 2, 1]);
    for (const model of [f, g]) {
      const maps = await integratedGradients(model, image, [0], { steps: 100, rule: 'midpoint' });
      await assertNear(maps, [1.5, -0.5], 1e-6);
    }
  });

  it('is complete: maps add up to the difference of the logits', async () => {
    const [first, second] = [normalMatrix(1, 48, 16), normalMatrix(2, 16, 3)];
    const model = (x: Tensor4D): Tensor2D => tf.matMul(tf.softplus(linear(first)(x)), second);
    const images = uniformImages(3, [4, 4, 4, 3]);
    const before = tf.memory().numTensors;
    const maps = await integratedGradients(model, images, 'predicted', { batchSize: 30 });
    assert.equal(tf.memory().numTensors, before + 1);
    const target = tf.argMax<Tensor1D>(model(images), 1);
    const end = tf.gather(model(images), target, 1, 1);
    const start = tf.gather(model(tf.zerosLike(images)), target, 1, 1);
    // 50 Gauss points are exact to rounding for so smooth a path; logits are of order 20.
    await assertNear(tf.sum(maps, [1, 2, 3]), tf.sub(end, start), 1e-4);
  });

  it('says what is wrong with its options', async () => {
    const model = linear(tf.tensor2d([1, 2], [2, 1]));
    const image = tf.tensor4d([3, 1], [1, 1, 2, 1]);
    await assert.rejects(
      integratedGradients(model, image, [0], { steps: 0 }),
      new ArgumentError('integratedGradients: steps must be a positive integer, got 0'),
    );
    await assert.rejects(
      integratedGradients(model, image, [0], { baseline: tf.zeros<tf.Rank.R3>([2, 1, 1]) }),
      new ArgumentError(
        'integratedGradients: baseline must be a number, [1, 2, 1] or [1, 1, 2, 1], got [2, 1, 1]',
      ),
    );
  });
});
