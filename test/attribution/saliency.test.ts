import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { saliency } from '../../src/attribution/saliency.js';
import { ArgumentError, InterruptedError } from '../../src/errors.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';

const weights = tf.tensor2d([1, -2, 3, 4, 5, -6], [2, 3]);
const model = linear(weights);
// Logits of (1, 0): 1 −2 3, of (0, 1): 4 5 −6.
const corners = tf.tensor4d([1, 0, 0, 1], [2, 1, 2, 1]);

describe('saliency', () => {
  it('is |w| of the predicted class on a linear model, and w for absolute: false', async () => {
    assert.deepEqual([...(await (await saliency(model, corners)).data())], [3, 6, 2, 5]);
    const signed = await saliency(model, corners, 'predicted', { absolute: false });
    assert.deepEqual([...(await signed.data())], [3, -6, -2, 5]);
  });

  it('explains the given classes, as numbers or as a tensor', async () => {
    const numbers = await saliency(model, corners, [1, 0], { absolute: false });
    assert.deepEqual([...(await numbers.data())], [-2, 5, 1, 4]);
    const tensor = await saliency(model, corners, tf.tensor1d([1, 0], 'int32'), { absolute: false });
    assert.deepEqual(await tensor.data(), await numbers.data());
  });

  it('is of the logit: a saturated softmax changes nothing but the scale', async () => {
    const steep = await saliency(linear(tf.mul(weights, 1000)), corners);
    assert.deepEqual([...(await steep.data())], [3000, 6000, 2000, 5000]);
  });

  it('does not depend on the batch size and keeps the shape', async () => {
    const images = uniformImages(1, [7, 4, 4, 3]);
    const wide = linear(normalMatrix(2, 48, 5));
    const whole = await saliency(wide, images);
    assert.deepEqual(whole.shape, [7, 4, 4, 3]);
    assert.deepEqual(
      await (await saliency(wide, images, 'predicted', { batchSize: 3 })).data(),
      await whole.data(),
    );
  });

  it('leaves nothing but its result in memory, also when it fails', async () => {
    const before = tf.memory().numTensors;
    const maps = await saliency(model, corners, 'predicted', { batchSize: 1 });
    assert.equal(tf.memory().numTensors, before + 1);
    maps.dispose();
    await assert.rejects(saliency(model, corners, [0, 3]));
    assert.equal(tf.memory().numTensors, before);
  });

  it('stops between batches when the user interrupts', async () => {
    const controller = new AbortController();
    let calls = 0;
    const stopped = (images: tf.Tensor4D) => {
      if (++calls === 4) controller.abort();
      return model(images);
    };
    const key = Symbol.for('jupyter.host');
    Object.assign(globalThis, { [key]: { display: () => undefined, signal: controller.signal } });
    const before = tf.memory().numTensors;
    try {
      // One call to check the model, then two for each image: its predicted class and its gradient.
      await assert.rejects(
        saliency(stopped, tf.concat([corners, corners]), 'predicted', { batchSize: 1 }),
        new InterruptedError('saliency: stopped after 2 of 4 images; run it again to start over'),
      );
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
    // The concatenated images are the test's own.
    assert.equal(tf.memory().numTensors, before + 1);
  });

  it('says what is wrong with its arguments', async () => {
    const rejects = (run: Promise<unknown>, message: string) =>
      assert.rejects(run, new ArgumentError(message));
    await rejects(
      saliency(model, corners, [0]),
      'saliency: targets must be one class for each image, got 1 for 2 images',
    );
    await rejects(
      saliency(model, corners, [0, 3]),
      "saliency: targets must be below the model's 3 classes, got 3",
    );
    await rejects(saliency(model, corners, [0, 0.5]), 'saliency: targets must be integers ≥ 0, got 0.5');
    await rejects(
      saliency(model, corners, 'predicted', { batchSize: 0 }),
      'saliency: batchSize must be a positive integer, got 0',
    );
    await rejects(
      saliency(model, tf.zeros([0, 2, 2, 3]), 'predicted'),
      'saliency: images must be float32 [N, H, W, C] with N ≥ 1, got float32 [0,2,2,3]',
    );
    for (const value of [NaN, Infinity])
      await rejects(
        saliency(model, tf.fill([2, 2, 2, 3], value)),
        'saliency: images must hold finite numbers, got NaN or ±Infinity; look at how they were scaled or decoded',
      );
    await rejects(
      // As a script without types may do.
      saliency({} as never, corners),
      'saliency: the model must be a network, a tf.LayersModel or a function of images that returns logits, got [object Object]',
    );
  });
});
