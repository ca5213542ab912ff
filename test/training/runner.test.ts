import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { pgdPlan } from '../../src/attacks/pgdStep.js';
import { seeded } from '../../src/random.js';
import { adversarialObjective } from '../../src/training/adversarial.js';
import { distillationObjective } from '../../src/training/distillation.js';
import { jacobianObjective } from '../../src/training/jacobian.js';
import {
  compiledRunner,
  copyState,
  disposeState,
  eagerRunner,
  type Runner,
} from '../../src/training/runner.js';
import { standardObjective } from '../../src/training/standard.js';
import { trainingStep, type Objective } from '../../src/training/step.js';
import { tinyModel } from './toy.js';

const model = tinyModel(1);
const teacher = tinyModel(2);
const attack = (steps: number) => pgdPlan({ norm: 'l2', epsilon: 1, steps });
const distillation = { teacher, temperature: 100, studentTemperature: 100, scaled: true };
const objectives: Record<string, Objective> = {
  standard: standardObjective(model),
  distilled: distillationObjective(model, distillation),
  jacobian: jacobianObjective(model, { lambda: 0.1, form: 'squared', projections: 1, classes: 4 }),
  projected: jacobianObjective(model, { lambda: 0.01, form: 'projections', projections: 2, classes: 4 }),
  adversarial: adversarialObjective(model, { attack: attack(3), randomStart: true }),
};

/** Losses of three steps, and the numbers of the state after them. */
async function trace(objective: Objective, newRunner: typeof eagerRunner): Promise<number[]> {
  const momentum = Object.fromEntries(
    Object.entries(model.params).map(([name, p]) => [name, tf.zerosLike(p)]),
  );
  const state = { params: model.params, buffers: model.buffers, momentum, fixed: objective.fixed ?? {} };
  const step = trainingStep(objective, { momentum: 0.9, weightDecay: 5e-4 });
  const runner: Runner = newRunner(step, copyState(state));
  tf.dispose(Object.values(momentum));
  const values: number[] = [];
  for (let i = 0; i < 3; i++) {
    const images = tf.randomUniform<tf.Rank.R4>([8, 8, 8, 1], 0, 1, 'float32', i + 1) as Tensor4D;
    const labels = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32');
    const draws = objective.draw?.(seeded(i), images.shape) ?? {};
    const inputs = { images, labels, learningRate: tf.scalar(0.05), draws };
    const { loss, correct } = await runner.run(inputs);
    values.push(...loss.dataSync(), ...correct.dataSync());
    tf.dispose([images, labels, inputs.learningRate, loss, correct, ...Object.values(draws)]);
  }
  const last = runner.state();
  for (const tensor of [...Object.values(last.params), ...Object.values(last.buffers)])
    values.push(...read(tensor));
  disposeState(last);
  runner.dispose();
  return values;
}

function read(tensor: Tensor): Iterable<number> {
  return tensor.dataSync();
}

describe('compiledRunner', () => {
  for (const [name, objective] of Object.entries(objectives)) {
    it(`does what eagerRunner does, and both free all they take (${name})`, async () => {
      const before = tf.memory().numTensors;
      const eager = await trace(objective, eagerRunner);
      const compiled = await trace(objective, compiledRunner);
      assert.equal(tf.memory().numTensors, before);
      // Equal bytes without oneDNN. With it the graph adds up in another order: 1e-7 relative a sum, which three steps
      // of momentum and a normalised attack amplify.
      compiled.forEach((value, i) => {
        const expected = eager[i] ?? NaN;
        assert.ok(
          Math.abs(value - expected) <= 1e-3 * (1 + Math.abs(expected)),
          `${i}: ${value} for ${expected}`,
        );
      });
      assert.equal(compiled.length, eager.length);
    });
  }
});
