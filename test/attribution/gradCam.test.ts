import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { gradCam } from '../../src/attribution/gradCam.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';
import { reluModel } from '../fixtures/reluModel.js';

describe('gradCam', () => {
  it('weighs each feature by its mean gradient, and drops what is negative', async () => {
    const identity = [
      [1, 0],
      [0, 1],
    ];
    const model = reluModel({ first: identity, bias: [0, 0], second: [[8], [-4]] });
    // Two pixels, so the gradients are 8/2 and −4/2: the map is 4a − 2b, the same in both channels.
    const image = tf.tensor4d([1, 0.5, 0.25, 1], [1, 1, 2, 2]);
    await assertNear(await gradCam(model, image, [0], { relu: false }), [3, 3, -1, -1], 0);
    await assertNear(await gradCam(model, image, [0]), [3, 3, 0, 0], 0);
  });

  it('adds up to the logit less its bias where the features have the size of the images', async () => {
    const model = resnet({ stem: 4, widths: [4, 8], strides: [1, 1], classes: 3, random: seeded(5) });
    const images = uniformImages(6, [3, 6, 5, 3]);
    const maps = await gradCam(model, images, [2, 2, 2], { relu: false });
    const sums = tf.mean(tf.sum(maps, [1, 2]), 1);
    const bias = tf.slice(model.params['linear.bias'] as Tensor, 2, 1);
    const logits = tf.squeeze(tf.slice(model.predict(images), [0, 2], [-1, 1]), [1]);
    // 30 · 8 products below 1, rounded to 2⁻²⁴ each.
    await assertNear(sums, tf.sub(logits, bias), 1e-5);
  });

  it('takes another layer, by the name of a block or a stage, and says which there are', async () => {
    const model = resnet({ stem: 4, widths: [4, 8], blocks: [2, 1], classes: 3, random: seeded(5) });
    const images = uniformImages(6, [2, 8, 8, 3]);
    const of = (layer?: string) => gradCam(model, images, [2, 2], layer === undefined ? {} : { layer });
    await assertNear(await of('layer2'), await of(), 0);
    await assertNear(await of('layer1'), await of('layer1.1'), 0);
    assert.notDeepEqual(await (await of('layer1.0')).data(), await (await of('layer1.1')).data());
    await assert.rejects(of('layer3'), {
      message: 'gradCam: layer must be one of layer1.0, layer1.1, layer2.0, got layer3',
    });
  });

  it('leaves no tensor behind', async () => {
    const model = reluModel({ first: [[1]], bias: [0], second: [[1]] });
    const images = uniformImages(1, [5, 3, 3, 1]);
    const before = tf.memory().numTensors;
    (await gradCam(model, images, 'predicted', { batchSize: 2 })).dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
