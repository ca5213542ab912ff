import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { smoothGradSquared } from '../../src/attribution/smoothGradSquared.js';
import { smoothGrad } from '../../src/attribution/smoothGrad.js';
import { varGrad } from '../../src/attribution/varGrad.js';
import { seeded } from '../../src/random.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

const images = uniformImages(1, [3, 4, 4, 3]);
const weights = normalMatrix(2, 48, 3);

/** Logits (Σ x²/2, 0): the gradient of class 0 is the image itself. */
function quadratic(x: Tensor4D): Tensor2D {
  const half = tf.mul(tf.sum(tf.square(x), [1, 2, 3]), 0.5);
  return tf.stack([half, tf.zerosLike(half)], 1) as Tensor2D;
}

describe('varGrad', () => {
  it('is 0 on a linear model', async () => {
    const maps = await varGrad(linear(weights), images, [0, 1, 2], { samples: 7, random: seeded(3) });
    await assertNear(maps, new Array<number>(144).fill(0), 1e-12);
  });

  it('is the variance of the noise on a quadratic model', async () => {
    const maps = await varGrad(quadratic, images, [0, 0, 0], { samples: 100, sigma: 0.3, random: seeded(4) });
    const [mean = NaN] = await tf.mean(maps).data();
    // (1 − 1/100) σ² in the mean; 144 variances of 100 draws have a relative standard error of √(2 / 14,400).
    assert.ok(Math.abs(mean / (0.99 * 0.09) - 1) < 5 * Math.sqrt(2 / 14_400), `${mean}`);
  });

  it('is SmoothGrad-squared minus the square of SmoothGrad, for the same noise', async () => {
    const options = () => ({ samples: 20, sigma: 0.3, batchSize: 16, random: seeded(5) });
    const before = tf.memory().numTensors;
    const variance = await varGrad(quadratic, images, [0, 0, 0], options());
    const square = await smoothGradSquared(quadratic, images, [0, 0, 0], options());
    const mean = await smoothGrad(quadratic, images, [0, 0, 0], options());
    assert.equal(tf.memory().numTensors, before + 3);
    // Numbers below 3.
    await assertNear(variance, tf.sub(square, tf.square(mean)), 2e-6);
  });
});

describe('smoothGradSquared', () => {
  it('is w² on a linear model', async () => {
    const maps = await smoothGradSquared(linear(weights), images, [0, 1, 2], {
      samples: 4,
      random: seeded(6),
    });
    await assertNear(maps, tf.square(tf.transpose(weights)), 1e-5);
  });
});
