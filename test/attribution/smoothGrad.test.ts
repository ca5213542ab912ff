import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { saliency } from '../../src/attribution/saliency.js';
import { smoothGrad } from '../../src/attribution/smoothGrad.js';
import { ArgumentError } from '../../src/errors.js';
import { type Random, seeded } from '../../src/random.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';

const images = uniformImages(1, [3, 4, 4, 3]);

/** Logits (Σ x²/2, 0): the gradient of class 0 is the image itself. */
function quadratic(x: Tensor4D): Tensor2D {
  const half = tf.mul(tf.sum(tf.square(x), [1, 2, 3]), 0.5);
  return tf.stack([half, tf.zerosLike(half)], 1) as Tensor2D;
}

describe('smoothGrad', () => {
  it('is the signed gradient itself on a linear model', async () => {
    const model = linear(normalMatrix(2, 48, 5));
    const maps = await smoothGrad(model, images, 'predicted', { samples: 4, random: seeded(3) });
    const expected = await saliency(model, images, 'predicted', { absolute: false });
    // Four equal numbers are added and divided by 4: exact.
    assert.deepEqual(await maps.data(), await expected.data());
  });

  it('averages the noise: mean x and variance sigma² / samples on a quadratic model', async () => {
    const maps = await smoothGrad(quadratic, images, [0, 0, 0], {
      samples: 25,
      sigma: 0.2,
      random: seeded(4),
    });
    const errors = Array.from(await tf.sub(maps, images).data());
    const mean = errors.reduce((a, b) => a + b, 0) / errors.length;
    const variance = errors.reduce((a, b) => a + b * b, 0) / errors.length;
    const expected = 0.2 ** 2 / 25;
    // 144 independent entries, five standard errors each.
    assert.ok(Math.abs(mean) < 5 * Math.sqrt(expected / 144), `mean ${mean}`);
    assert.ok(Math.abs(variance / expected - 1) < 5 * Math.sqrt(2 / 144), `variance ${variance}`);
  });

  it('averages absolute gradients on request: E|N(0, σ²)| = σ √(2/π)', async () => {
    const black = tf.zeros([1, 8, 8, 3]) as Tensor4D;
    const maps = await smoothGrad(quadratic, black, [0], {
      samples: 100,
      sigma: 0.5,
      absolute: true,
      random: seeded(5),
    });
    const [mean = NaN] = await tf.mean(maps).data();
    // The standard deviation of |N| is below σ; 19,200 draws.
    assert.ok(Math.abs(mean - 0.5 * Math.sqrt(2 / Math.PI)) < (5 * 0.5) / Math.sqrt(19_200), `${mean}`);
  });

  it('draws the same noise for every batch size and other noise on the next call', async () => {
    const random = seeded(6);
    const of = (batchSize: number, draws = seeded(6)) =>
      smoothGrad(quadratic, images, [0, 0, 0], { samples: 5, batchSize, random: draws });
    const whole = await of(256, random);
    for (const batchSize of [1, 2, 7]) {
      const [apart = NaN] = await tf.max(tf.abs(tf.sub(await of(batchSize), whole))).data();
      // Sums of five numbers below 2 in another order.
      assert.ok(apart < 1e-6, `batch size ${batchSize}: ${apart}`);
    }
    assert.notDeepEqual(await (await of(256, random)).data(), await whole.data());
  });

  it('explains the class that the clean image is predicted as', async () => {
    // Class 0 wins at a brightness of 0.5 by a margin that noise of 0.5 often flips.
    const weights = tf.tensor2d([1, 0.9], [1, 2]);
    const image = tf.fill([1, 1, 1, 1], 0.5) as Tensor4D;
    const maps = await smoothGrad(linear(weights), image, 'predicted', {
      sigma: 2,
      samples: 8,
      random: seeded(7),
    });
    assert.deepEqual([...(await maps.data())], [1]);
  });

  it('leaves nothing but its result in memory', async () => {
    const before = tf.memory().numTensors;
    const maps = await smoothGrad(quadratic, images, 'predicted', {
      samples: 5,
      batchSize: 2,
      random: seeded(8),
    });
    assert.equal(tf.memory().numTensors, before + 1);
    maps.dispose();
  });

  it('says what is wrong with its options', async () => {
    await assert.rejects(
      smoothGrad(quadratic, images, 'predicted', { samples: 0, random: seeded(9) }),
      new ArgumentError('smoothGrad: samples must be a positive integer, got 0'),
    );
    await assert.rejects(
      smoothGrad(quadratic, images, 'predicted', { sigma: -1, random: seeded(9) }),
      new ArgumentError('smoothGrad: sigma must be a number ≥ 0, got -1'),
    );
    const untyped = {} as { random: Random };
    await assert.rejects(
      smoothGrad(quadratic, images, 'predicted', untyped),
      new ArgumentError('smoothGrad: random must be a seeded stream such as seeded(0), got none'),
    );
  });
});
