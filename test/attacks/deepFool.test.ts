import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor1D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { deepFool } from '../../src/attacks/deepFool.js';
import { ArgumentError } from '../../src/errors.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { linear, uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

describe('deepFool', () => {
  it('goes straight to the nearest boundary of a linear network, and a little beyond', async () => {
    // Logits 3a + 4b, 0.5 and 0 at (0.3, 0.4): 2.5. The boundary with the second class is at 2/5 along (3, 4), that with the
    // third at 2.5/5. Hence a step of (0.4 + 1e-4) · 1.02 against (0.6, 0.8).
    const model = (x: tf.Tensor4D) =>
      tf.add<tf.Tensor2D>(linear(tf.tensor2d([3, 0, 0, 4, 0, 0], [2, 3]))(x), tf.tensor1d([0, 0.5, 0]));
    const found = await deepFool(model, tf.tensor4d([0.3, 0.4], [1, 1, 1, 2]), [0]);
    const step = 0.4001 * 1.02;
    await assertNear(found, [0.3 - 0.6 * step, 0.4 - 0.8 * step], 1e-6);
  });

  it('ends at images of another class in [0, 1], whatever the batch size and compiled or not', async () => {
    const network = resnet({ stem: 4, widths: [8], classes: 4, random: seeded(5) });
    // 520 images of 4 classes are compiled, in batches of at most 260.
    const images = uniformImages(6, [520, 8, 8, 3]);
    const labels = tf.argMax<Tensor1D>(network.predict(images), 1);
    const found = await deepFool(network, images, labels, { batchSize: 260 });
    const classes = tf.argMax<Tensor1D>(network.predict(found), 1).dataSync();
    assert.ok(classes.every((label, i) => label !== labels.dataSync()[i]));
    assert.ok(found.dataSync().every((value) => value >= 0 && value <= 1));
    const few = tf.slice(images, 0, 12);
    const eager = await deepFool((x) => network.apply(network, x).logits, few, tf.slice(labels, 0, 12));
    // Quotients of margins and gradients: a ReLU at 0 may be on either side.
    await assertNear(tf.slice(found, 0, 12), [...eager.dataSync()], 1e-3);
  });

  it('refuses what it cannot do, and leaves no tensor behind', async () => {
    const network = resnet({ stem: 2, widths: [4], classes: 3, random: seeded(1) });
    const images = uniformImages(2, [4, 6, 6, 3]);
    const before = tf.memory().numTensors;
    (await deepFool(network, images, [0, 1, 2, 0], { steps: 3, batchSize: 3 })).dispose();
    await assert.rejects(
      deepFool(network, images, [0, 1, 2, 0], { steps: 0 }),
      new ArgumentError('deepFool: steps must be a positive integer, got 0'),
    );
    await assert.rejects(
      deepFool(network, images, [0, 1, 2, 0], { overshoot: -1 }),
      new ArgumentError('deepFool: overshoot must be a number ≥ 0, got -1'),
    );
    assert.equal(tf.memory().numTensors, before);
  });
});
