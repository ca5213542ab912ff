import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { guidedBackprop } from '../../src/attribution/guidedBackprop.js';
import { saliency } from '../../src/attribution/saliency.js';
import { ArgumentError } from '../../src/errors.js';
import { uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';
import { reluModel } from '../fixtures/reluModel.js';

describe('guidedBackprop', () => {
  it('stops what is negative at a ReLU, and what an inactive one passes', async () => {
    // Hidden: 3a + b = 5 (weighs 1), 2b = 4 (weighs −1), −a = −1 (weighs 7, inactive), at a = 1, b = 2.
    const first = [
      [3, 0, -1],
      [1, 2, 0],
    ];
    const model = reluModel({ first, bias: [0, 0, 0], second: [[1], [-1], [7]] });
    const image = tf.tensor4d([1, 2], [1, 1, 1, 2]);
    // The gradient is (3, 1) − (0, 2); guided, the second hidden unit's −1 is lost.
    await assertNear(await saliency(model, image, [0], { absolute: false }), [3, -1], 0);
    await assertNear(await guidedBackprop(model, image, [0]), [3, 1], 0);
  });

  it('is the gradient where all weights after the ReLUs are positive', async () => {
    const first = [
      [1, -1],
      [-2, 1.5],
    ];
    const model = reluModel({ first, bias: [0.1, 0.2], second: [[1], [2]] });
    const images = uniformImages(1, [3, 4, 5, 2]);
    const gradient = await saliency(model, images, [0, 0, 0], { absolute: false });
    await assertNear(await guidedBackprop(model, images, [0, 0, 0]), gradient, 1e-7);
  });

  it('refuses a function, and leaves no tensor behind', async () => {
    const model = reluModel({ first: [[1]], bias: [0], second: [[1]] });
    const images = uniformImages(1, [2, 3, 3, 1]);
    const before = tf.memory().numTensors;
    (await guidedBackprop(model, images)).dispose();
    assert.equal(tf.memory().numTensors, before);
    // What passes for both is taken for a function.
    const both = Object.assign((x: tf.Tensor4D) => model.predict(x), model);
    await assert.rejects(
      guidedBackprop(both, images),
      new ArgumentError(
        'guidedBackprop: the model must be a network of Roarbook such as resnet18, got a function; the ReLUs of others are out of reach',
      ),
    );
  });
});
