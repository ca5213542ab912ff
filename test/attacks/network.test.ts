import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { pgd } from '../../src/attacks/pgd.js';
import { attackGradient, attackStep, pgdPlan } from '../../src/attacks/pgdStep.js';
import { compile } from '../../src/compiler/index.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';

const model = resnet({ random: seeded(1) });
const images = uniformImages(2, [6, 32, 32, 3]);
const labels = tf.tensor1d([0, 1, 2, 3, 4, 5], 'int32');

describe('pgd on a network with batch norm', () => {
  it('leaves weights and running statistics as they are, bit for bit', async () => {
    const tensors = { ...model.params, ...model.buffers };
    const bytes = async () =>
      Promise.all(Object.values(tensors).map(async (tensor) => Float32Array.from(await tensor.data())));
    const before = await bytes();
    await pgd(model, images, labels, { norm: 'l2', epsilon: 1.5, steps: 3 });
    assert.deepEqual(await bytes(), before);
  });

  it('treats every image on its own', async () => {
    const options = { norm: 'l2', epsilon: 1.5, steps: 2 } as const;
    const together = await pgd(model, images, labels, options);
    const alone = await pgd(model, images, labels, { ...options, batchSize: 1 });
    const [apart = NaN] = await tf.max(tf.abs(tf.sub(together, alone))).data();
    // Convolutions may add in another order; normalised steps keep the relative error, about 1e-6 of 1.5.
    assert.ok(apart < 1e-4, `${apart}`);
  });

  it('gives the same images, bit for bit, as its compiled step', async () => {
    for (const norm of ['l2', 'linf'] as const) {
      const plan = pgdPlan({ norm, epsilon: norm === 'l2' ? 1.5 : 8 / 255, steps: 3 });
      const step = compile(
        (state, inputs: { images: Tensor4D; current: Tensor4D; labels: Tensor1D }) => {
          const gradient = (x: Tensor4D) =>
            attackGradient((y) => model.apply(state, y).logits, x, inputs.labels);
          return { outputs: { next: attackStep(gradient, { ...inputs, plan }) } };
        },
        { state: { params: model.params, buffers: model.buffers } },
      );
      let current = images;
      for (let i = 0; i < 3; i++) current = (await step({ images, current, labels })).next;
      assert.deepEqual(await current.data(), await (await pgd(model, images, labels, plan)).data());
      step.dispose();
    }
  });
});
