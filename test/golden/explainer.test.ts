import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { explainer } from '../../src/attribution/explainer.js';
import { isExplained } from '../../src/models/explainer.js';
import { explainerObjective } from '../../src/training/explainer.js';
import { differentiate } from '../../src/training/step.js';
import { Golden, network, readInputs } from './golden.js';

const golden = await Golden.read('explainer');
const { images, labels, baselines } = await readInputs();
const model = await network('explained');
assert.ok(isExplained(model));

describe('the explainer, against PyTorch', () => {
  it("gives nn.ConvTranspose2d's maps from a state dict", async () => {
    golden.assertEqual('maps', await explainer(model, images));
  });

  for (const form of ['unsquared', 'squared'] as const) {
    it(`gives Eq. 5's loss, its gradients in every weight and the statistics after it (${form})`, () => {
      const method = { lambda: 0.35, scale: 'given', form, joint: true, maps: () => images } as const;
      const state = { params: model.params, buffers: model.buffers, momentum: {}, fixed: {} };
      const draws = { maps: tf.slice(baselines, 0, 4) };
      const inputs = { images, labels, learningRate: tf.scalar(0), draws };
      const { loss, gradients, buffers } = differentiate(explainerObjective(model, method), state, inputs);
      golden.assertEqual(`${form}/loss`, tf.reshape(loss, [1]));
      for (const name of golden.names(`${form}/gradient`))
        golden.assertEqual(`${form}/gradient/${name}`, gradients[name] as Tensor);
      for (const name of golden.names(`${form}/statistics`))
        golden.assertEqual(`${form}/statistics/${name}`, buffers[name] as Tensor);
    });
  }
});
