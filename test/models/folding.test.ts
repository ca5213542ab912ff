import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core/dist/tensor.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { targetGradient } from '../../src/models/inputGradient.js';
import type { Model, Tensors } from '../../src/models/model.js';
import { resnet, resnet18 } from '../../src/models/resnet.js';
import { type Random, seeded } from '../../src/random.js';
import { foldedLogits } from '../fixtures/folded.js';
import { uniformImages } from '../fixtures/linear.js';

/** The network with scales, shifts and statistics of a trained one's size. */
function trained(model: Model, random: Random): Model {
  const moved = (tensors: Tensors): Tensors =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [
        name,
        tensor.rank === 1 && !name.startsWith('linear')
          ? tf.tensor1d(
              Float32Array.from(tensor.dataSync(), (value) =>
                name.endsWith('running_var') ? 0.5 + random.uniform() : value + 0.4 * random.normal(),
              ),
            )
          : tf.clone(tensor),
      ]),
    );
  return model.withState({ params: moved(model.params), buffers: moved(model.buffers) });
}

/** The largest difference as a share of the largest value. */
function apart(got: Tensor, expected: Tensor): number {
  const difference = tf.div(tf.max(tf.abs(tf.sub(got, expected))), tf.max(tf.abs(expected)));
  return difference.dataSync()[0] ?? NaN;
}

describe('a folded network', () => {
  const makers = {
    'a small resnet': (random: Random) => resnet({ random }),
    'ResNet-18': (random: Random) => resnet18({ width: 8, random }),
  };
  const targets = tf.tensor1d([3, 7], 'int32');
  for (const [name, make] of Object.entries(makers)) {
    it(`has the logits and gradients of the network: ${name}`, () => {
      for (const seed of [1, 2, 3]) {
        const model = trained(make(seeded(seed)), seeded(seed + 10));
        const images = uniformImages(seed, [2, 32, 32, 3]);
        const [plain, folded] = [(x: typeof images) => model.apply(model, x).logits, foldedLogits(model)];
        // Half a unit in the last place, 6e-8, for w·s, and for each of the 20 layers one for what is no longer rounded after
        // the convolution: 1.3e-6 if none cancels, doubled backwards. Measured: 2e-7 to 6e-7.
        assert.ok(apart(folded(images), plain(images)) < 5e-6);
        const gradient = (logits: typeof plain, x = images) => targetGradient(logits, x, targets as Tensor1D);
        assert.ok(apart(gradient(folded), gradient(plain)) < 5e-6);
        model.dispose();
      }
    });
  }

  it('has second derivatives in the images', () => {
    const model = resnet({ random: seeded(1) });
    const folded = foldedLogits(model);
    const images = uniformImages(1, [1, 8, 8, 3]);
    const squares = (logits: typeof folded) => (x: Tensor) =>
      tf.sum(tf.square(tf.grad((y) => tf.sum(tf.square(logits(y as typeof images))))(x)));
    const [got, expected] = [folded, (x: typeof images) => model.apply(model, x).logits].map((logits) =>
      tf.grad(squares(logits))(images),
    );
    assert.ok(apart(got!, expected!) < 5e-6);
  });

  it('refuses to be trained', () => {
    const model = resnet({ random: seeded(1) });
    const state = model.fold!(model, { mirrored: false });
    assert.throws(
      () => model.apply(state, uniformImages(1, [1, 8, 8, 3]), { folded: true, training: true }),
      {
        name: 'ArgumentError',
        message: 'resnet: a folded state must be applied in evaluation mode, got training',
      },
    );
  });
});
