import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { pgdPlan } from '../../src/attacks/pgdStep.js';
import { planBatches } from '../../src/data/batches.js';
import type { Dataset } from '../../src/data/dataset.js';
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
import { quarters, tinyModel } from './toy.js';

const floats = quarters(24);
const bytes: Dataset = { ...floats, images: Uint8Array.from(floats.images, (value) => 255 * value) };
const model = tinyModel(1);
const teacher = tinyModel(2);
const attack = (steps: number) => pgdPlan({ norm: 'l2', epsilon: 1, steps });
const distillation = { teacher, temperature: 100, studentTemperature: 100, scaled: true };
const objectives = {
  standard: standardObjective(model),
  distilled: distillationObjective(model, distillation),
  jacobian: jacobianObjective(model, { lambda: 0.1, form: 'squared', projections: 1, classes: 4 }),
  projected: jacobianObjective(model, { lambda: 0.01, form: 'projections', projections: 2, classes: 4 }),
  adversarial: adversarialObjective(model, { attack: attack(3), randomStart: true }),
} satisfies Record<string, Objective>;

/** Losses of three steps, the numbers of the state after them, and how many images are right then. */
async function trace(
  objective: Objective,
  newRunner: typeof compiledRunner,
  { dataset, augment }: { dataset: Dataset; augment: boolean },
): Promise<number[]> {
  const momentum = Object.fromEntries(
    Object.entries(model.params).map(([name, p]) => [name, tf.zerosLike(p)]),
  );
  const state = { params: model.params, buffers: model.buffers, momentum, fixed: objective.fixed ?? {} };
  const step = trainingStep(objective, { momentum: 0.9, weightDecay: 5e-4 });
  const runner: Runner = newRunner(step, copyState(state), { dataset });
  tf.dispose(Object.values(momentum));
  const values: number[] = [];
  for (const batch of planBatches(24, { size: 8, random: seeded(3), augment })) {
    const draws = objective.draw?.(seeded(values.length), [8, 8, 8, 1]) ?? {};
    const { loss, correct } = await runner.run({ batch, learningRate: 0.05, draws });
    values.push(...loss.dataSync(), ...correct.dataSync());
    tf.dispose([loss, correct, ...Object.values(draws)]);
  }
  const last = runner.state();
  for (const tensor of [...Object.values(last.params), ...Object.values(last.buffers)])
    values.push(...read(tensor));
  disposeState(last);
  const validation = runner.validation(model, dataset);
  const correct = validation.correct(Int32Array.of(0, 3, 5, 7, 9));
  values.push(...correct.dataSync());
  correct.dispose();
  validation.dispose();
  runner.dispose();
  return values;
}

function read(tensor: Tensor): Iterable<number> {
  return tensor.dataSync();
}

describe('compiledRunner', () => {
  both('standard', objectives.standard, { dataset: bytes, augment: true });
  for (const [name, objective] of Object.entries(objectives)) {
    both(name, objective, { dataset: floats, augment: name === 'distilled' });
  }
});

function both(name: string, objective: Objective, data: { dataset: Dataset; augment: boolean }): void {
  const kind = data.dataset === bytes ? 'bytes' : 'floats';
  it(`does what eagerRunner does, and both free all they take (${name}, ${kind})`, async () => {
    const before = tf.memory().numTensors;
    const eager = await trace(objective, eagerRunner, data);
    const compiled = await trace(objective, compiledRunner, data);
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
