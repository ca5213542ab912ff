import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Network, runPass } from '../../src/models/passes.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';

describe('runPass', () => {
  const images = uniformImages(1, [2, 8, 8, 3]);

  it('records once for each model and shape, and again only after the model was disposed', () => {
    let recorded = 0;
    const pass = ({ logits }: Network, { images }: { images: Tensor4D }) => {
      recorded++;
      return logits(images);
    };
    const model = resnet({ random: seeded(1) });
    const one = tf.slice(images, 0, 1);
    for (const inputs of [{ images }, { images: one }, { images }, { images: one }])
      runPass(model, pass, { inputs }).dispose();
    // Each recording calls it twice.
    assert.equal(recorded, 4);
    model.dispose();
    assert.throws(() => runPass(model, pass, { inputs: { images } }), { name: 'ArgumentError' });
    one.dispose();
  });

  it('sees the weights as they are, not as they were recorded', () => {
    const pass = ({ logits }: Network, { images }: { images: Tensor4D }) => logits(images);
    const first = resnet({ random: seeded(1) });
    const moved = first.withState({
      params: Object.fromEntries(
        Object.entries(first.params).map(([name, param]) => [name, tf.mul(param, 0.5)]),
      ),
      buffers: Object.fromEntries(
        Object.entries(first.buffers).map(([name, buffer]) => [name, tf.clone(buffer)]),
      ),
    });
    for (const model of [first, moved]) {
      const [got, expected] = [runPass(model, pass, { inputs: { images } }), model.predict(images)];
      // Logits of size 1; two orders of summation differ by a few ulps for each of 12 layers.
      assert.ok(tf.max(tf.abs(tf.sub(got, expected))).dataSync()[0]! < 1e-5);
      tf.dispose([got, expected]);
      model.dispose();
    }
  });

  it('frees what was compiled for models that were disposed without its knowledge', () => {
    const backend = tf.backend() as unknown as { getNumOfTFTensors(): number };
    const pass = ({ logits }: Network, { images }: { images: Tensor4D }) => logits(images);
    const count = () => [tf.memory().numTensors, backend.getNumOfTFTensors()];
    runPass((x) => tf.mean(x, [1, 2]), pass, { inputs: { images } }).dispose();
    const before = count();
    for (let i = 0; i < 3; i++) {
      const model = resnet({ random: seeded(i) });
      runPass(model, pass, { inputs: { images } }).dispose();
      tf.dispose([model.params, model.buffers]);
    }
    // Its first pass finds the others.
    const last = resnet({ random: seeded(3) });
    runPass(last, pass, { inputs: { images } }).dispose();
    last.dispose();
    assert.deepEqual(count(), before);
  });
});
