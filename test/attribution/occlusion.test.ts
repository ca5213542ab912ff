import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { occlusion } from '../../src/attribution/occlusion.js';
import { ArgumentError } from '../../src/errors.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

describe('occlusion', () => {
  it('is each pixel’s share of the logit on a linear model, window 1', async () => {
    const weights = normalMatrix(1, 48, 3);
    const images = uniformImages(2, [3, 4, 4, 3]);
    const maps = await occlusion(linear(weights), images, [0, 1, 2], { window: 1, stride: 1 });
    const own = tf.reshape(tf.transpose(weights), [3, 4, 4, 3]);
    const shares = tf.sum(tf.mul(own, images), 3, true);
    // Differences of logits of order 10.
    await assertNear(maps, tf.tile(shares, [1, 1, 1, 3]), 1e-5);
  });

  it('averages over the windows that cover a pixel', async () => {
    // Shares 1, 2, 4: windows {0, 1} and {1, 2} fall by 3 and 6; with a baseline of 1 and an image of 1 by nothing.
    const model = linear(tf.tensor2d([1, 2, 4], [3, 1]));
    const image = tf.ones([1, 1, 3, 1]) as tf.Tensor4D;
    await assertNear(await occlusion(model, image, [0], { window: 2, stride: 1 }), [3, 4.5, 6], 1e-6);
    await assertNear(await occlusion(model, image, [0], { window: 2, stride: 1, baseline: 1 }), [0, 0, 0], 0);
  });

  it('cuts the last window off at the border', async () => {
    // Stride 2: windows {0, 1} and {2}.
    const model = linear(tf.tensor2d([1, 2, 4], [3, 1]));
    const image = tf.ones([1, 1, 3, 1]) as tf.Tensor4D;
    await assertNear(await occlusion(model, image, [0], { window: 2, stride: 2 }), [3, 3, 4], 1e-6);
  });

  it('does not depend on the batch size and leaves nothing else in memory', async () => {
    const model = linear(normalMatrix(3, 300, 3));
    const images = uniformImages(4, [2, 10, 10, 3]);
    const whole = await occlusion(model, images);
    const before = tf.memory().numTensors;
    const parts = await occlusion(model, images, 'predicted', { batchSize: 5 });
    assert.equal(tf.memory().numTensors, before + 1);
    await assertNear(parts, whole, 1e-5);
  });

  it('says what is wrong with its options', async () => {
    const model = linear(tf.tensor2d([1, 2, 4], [3, 1]));
    const image = tf.ones([1, 1, 3, 1]) as tf.Tensor4D;
    await assert.rejects(
      occlusion(model, image, [0], { window: 2, stride: 3 }),
      new ArgumentError('occlusion: stride must be at most window, 2 × 2, got 3 × 3'),
    );
    await assert.rejects(
      occlusion(model, image, [0], { window: 0 }),
      new ArgumentError('occlusion: window must be a positive integer or two, got 0'),
    );
  });
});
