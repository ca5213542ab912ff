import '@tensorflow/tfjs-node-gpu';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { targetGradient, logitsOf } from '../../src/models/inputGradient.js';
import { batch, Golden, network, readInputs, resized } from './golden.js';

const golden = await Golden.read('model');
const inputs = await readInputs();

describe('the network, against PyTorch', () => {
  it('gives its logits', async () => {
    const model = await network('network');
    golden.assertEqual('logits', model.predict(inputs.images));
  });

  it('gives its logits by way of a checkpoint of robustness and export_pytorch.py', async () => {
    golden.assertEqual('logits', (await network('exported')).predict(inputs.images));
  });

  it("gives ResNet-18's logits and their gradient in the image", async () => {
    const model = await network('resnet18');
    const images = resized(tf.slice(inputs.images, 0, 2), 32);
    golden.assertEqual('resnet18/logits', model.predict(images));
    const targets = tf.tensor1d([7, 7], 'int32');
    golden.assertEqual('resnet18/gradient', targetGradient(logitsOf(model), images, targets));
  });

  it("gives batch norm's outputs in training, and its running statistics after ten steps", async () => {
    const model = await network('network');
    let { buffers } = model;
    for (let step = 0; step < 10; step++) {
      const state = { params: model.params, buffers };
      const result = model.apply(state, batch(inputs, step), { training: true });
      golden.assertEqual(`training/logits${step + 1}`, result.logits);
      buffers = result.buffers;
    }
    for (const [name, buffer] of Object.entries(buffers)) {
      golden.assertEqual(`training/${name}`, buffer as Tensor);
    }
  });
});
