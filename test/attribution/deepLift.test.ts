import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { deepLift } from '../../src/attribution/deepLift.js';
import { gradientTimesInput } from '../../src/attribution/gradientTimesInput.js';
import { ArgumentError } from '../../src/errors.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';
import { reluModel } from '../fixtures/reluModel.js';

describe('deepLift', () => {
  it('sees past the saturation that hides a pixel from the gradient', async () => {
    // Shrikumar's example 1 − relu(1 − a − b) at a = b = 1: the ReLU goes from 1 to 0 while its input goes from 1 to
    // −1, a slope of 1/2, where its gradient is 0.
    const model = reluModel({ first: [[-1], [-1]], bias: [1], second: [[-1]] });
    const image = tf.tensor4d([1, 1], [1, 1, 1, 2]);
    await assertNear(await gradientTimesInput(model, image, [0]), [0, 0], 0);
    await assertNear(await deepLift(model, image, [0]), [0.5, 0.5], 0);
  });

  it('takes the gradient where an image is its baseline', async () => {
    const model = reluModel({ first: [[2]], bias: [0], second: [[3]] });
    const images = tf.tensor4d([0.5, 0.25], [2, 1, 1, 1]);
    await assertNear(await deepLift(model, images, [0, 0], { baseline: 0.5 }), [0, 6 * -0.25], 0);
  });

  it('adds up to the difference of the logits, for any baseline', async () => {
    const model = resnet({ stem: 4, widths: [4, 8], classes: 3, random: seeded(2) });
    const images = uniformImages(3, [3, 9, 8, 3]);
    const other = tf.squeeze<Tensor3D>(uniformImages(4, [1, 9, 8, 3]), [0]);
    const logit = (x: tf.Tensor4D) => tf.sum(tf.slice(model.predict(x), [0, 1], [-1, 1]), 1);
    for (const baseline of [0, other]) {
      const maps = await deepLift(model, images, [1, 1, 1], { baseline, batchSize: 2 });
      const reference = tf.add<tf.Tensor4D>(tf.zerosLike(images), baseline);
      // 216 entries of at most about 0.1, each rounded to 2⁻²⁴ of the intermediate values, which are below 10.
      await assertNear(tf.sum(maps, [1, 2, 3]), tf.sub(logit(images), logit(reference)), 1e-5);
    }
  });

  it('refuses a baseline of another shape, and leaves no tensor behind', async () => {
    const model = reluModel({ first: [[1]], bias: [0], second: [[1]] });
    const images = uniformImages(1, [2, 3, 3, 1]);
    const baseline = tf.zeros<tf.Rank.R3>([3, 3, 3]);
    const before = tf.memory().numTensors;
    (await deepLift(model, images)).dispose();
    await assert.rejects(
      deepLift(model, images, 'predicted', { baseline }),
      new ArgumentError('deepLift: baseline must be a number, [3, 3, 1] or [2, 3, 3, 1], got [3, 3, 3]'),
    );
    assert.equal(tf.memory().numTensors, before);
  });
});
