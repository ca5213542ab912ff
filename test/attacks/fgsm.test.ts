import '@tensorflow/tfjs-node-gpu';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { fgsm } from '../../src/attacks/fgsm.js';
import { linear } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

// Logits (0, 0) and (3a − 4b): the loss of class 1 grows against (3, −4).
const model = linear(
  tf.tensor2d([
    [0, 3],
    [0, -4],
  ]),
);
const image = tf.tensor4d([0.5, 0.5], [1, 1, 1, 2]);

describe('fgsm', () => {
  it("goes epsilon against the sign of the label's weights, and towards a target's", async () => {
    // The radius is smaller by 2⁻²⁰ of itself and 2⁻²⁵.
    await assertNear(await fgsm(model, image, [1], { epsilon: 0.1 }), [0.4, 0.6], 2e-7);
    await assertNear(await fgsm(model, image, [1], { epsilon: 0.1, targeted: true }), [0.6, 0.4], 2e-7);
  });

  it('follows the gradient itself for l2', async () => {
    await assertNear(await fgsm(model, image, [1], { epsilon: 0.1, norm: 'l2' }), [0.44, 0.58], 2e-7);
  });
});
