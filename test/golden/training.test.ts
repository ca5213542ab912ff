import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Model, Tensors } from '../../src/models/model.js';
import { distillationObjective } from '../../src/training/distillation.js';
import { jacobianObjective, type JacobianForm } from '../../src/training/jacobian.js';
import { standardObjective } from '../../src/training/standard.js';
import { differentiate, trainingStep, type Objective, type TrainState } from '../../src/training/step.js';
import { batch, Golden, network, readInputs } from './golden.js';

const golden = await Golden.read('training');
const inputs = await readInputs();
const model = await network('network');

function started({ params, buffers }: Model, fixed: Tensors = {}): TrainState {
  const momentum = Object.fromEntries(
    Object.entries(params).map(([key, value]) => [key, tf.zerosLike(value)]),
  );
  return { params, buffers, momentum, fixed };
}

/** Compares an objective's loss, and its gradient in every weight. */
function assertSameGradients(name: string, objective: Objective, draws: Tensors = {}): void {
  const { images, labels } = inputs;
  const state = started(model, objective.fixed);
  const step = { images, labels, learningRate: tf.scalar(0), draws };
  const { loss, gradients } = differentiate(objective, state, step);
  golden.assertEqual(`${name}/loss`, tf.reshape(loss, [1]));
  assert.equal(golden.names(name).length, 1 + Object.keys(gradients).length);
  for (const [key, gradient] of Object.entries(gradients)) golden.assertEqual(`${name}/${key}`, gradient);
}

describe('training, against PyTorch', () => {
  it('gives the cross-entropy and its weight gradients', () => {
    assertSameGradients('crossEntropy', standardObjective(model));
  });

  for (const temperature of [1, 10]) {
    it(`gives the distillation loss at T = ${temperature} and its weight gradients`, async () => {
      const teacher = await network('teacher');
      const method = { teacher, temperature, studentTemperature: temperature, scaled: true };
      assertSameGradients(`distillation${temperature}`, distillationObjective(model, method));
    });
  }

  for (const form of ['squared', 'unsquared', 'projections'] satisfies JacobianForm[]) {
    it(`gives the Jacobian loss '${form}' and its weight gradients, which are second derivatives`, () => {
      const method = { lambda: 0.5, form, projections: 1, classes: 5 };
      const draws = { 'direction 0': inputs.directions };
      assertSameGradients(form, jacobianObjective(model, method), draws);
    });
  }

  it('gives the weights after three steps with momentum and weight decay', () => {
    const step = trainingStep(standardObjective(model), { momentum: 0.9, weightDecay: 5e-4 });
    let state = started(model);
    for (let i = 0; i < 3; i++) {
      const given = { labels: inputs.labels, learningRate: tf.scalar(0.1), draws: {} };
      state = step(state, { ...given, images: batch(inputs, 9 - i) }).state;
    }
    const trained = { ...state.params, ...state.buffers };
    assert.equal(golden.names('sgd').length, Object.keys(trained).length);
    for (const [name, tensor] of Object.entries(trained)) golden.assertEqual(`sgd/${name}`, tensor);
  });
});
