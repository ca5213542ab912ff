import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sobel } from '../../src/attribution/sobel.js';
import { linear } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

const model = linear(tf.zeros([1, 1]));

describe('sobel', () => {
  it('is 4 beside a step from 0 to 1, in each channel on its own', async () => {
    // Columns 0 0 1 1; the second channel is flat, the third half as high.
    const row = [0, 0, 1, 1].flatMap((x) => [x, 0.3, x / 2]);
    const image = tf.tensor4d([...row, ...row, ...row], [1, 3, 4, 3]);
    const expected = [0, 4, 4, 0].flatMap((x) => [x, 0, x / 2]);
    await assertNear(await sobel(model, image), [...expected, ...expected, ...expected], 1e-6);
    const turned = tf.transpose(image, [0, 2, 1, 3]) as tf.Tensor4D;
    const maps = tf.transpose(await sobel(model, turned), [0, 2, 1, 3]);
    await assertNear(maps, [...expected, ...expected, ...expected], 1e-6);
  });

  it('leaves nothing but its result in memory', async () => {
    const images = tf.ones([3, 4, 4, 3]) as tf.Tensor4D;
    const before = tf.memory().numTensors;
    await sobel(model, images, 'predicted', { batchSize: 2 });
    assert.equal(tf.memory().numTensors, before + 1);
  });
});
