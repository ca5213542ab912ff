import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { pgdPlan } from '../../src/attacks/pgdStep.js';
import { ArgumentError } from '../../src/errors.js';
import type { Tensors } from '../../src/models/model.js';
import { seeded } from '../../src/random.js';
import { adversarialObjective, trainAdversarial } from '../../src/training/adversarial.js';
import { trainingStep } from '../../src/training/step.js';
import { quarters, tinyModel } from './toy.js';

const options = { epochs: 2, batchSize: 32, augment: false, quiet: true } as const;

function bytes(tensors: Tensors): Record<string, number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
}

describe('adversarialObjective', () => {
  for (const norm of ['l2', 'linf'] as const) {
    it(`attacks in evaluation mode: running statistics only see the attacked batch, once (${norm})`, () => {
      const model = tinyModel();
      const attack = pgdPlan({ norm, epsilon: 0.3, steps: 3 });
      const objective = adversarialObjective(model, { attack, randomStart: true });
      const images = tf.randomUniform<tf.Rank.R4>([8, 8, 8, 1], 0, 1, 'float32', 3);
      const labels = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32');
      const draws = objective.draw?.(seeded(1), images.shape) ?? {};
      const inputs = { images, labels, learningRate: tf.scalar(0.1), draws };
      const momentum = Object.fromEntries(
        Object.entries(model.params).map(([name, p]) => [name, tf.zerosLike(p)]),
      );
      const state = { params: model.params, buffers: model.buffers, momentum, fixed: {} };

      const before = bytes(model.buffers);
      const attacked = objective.attack?.(state, inputs) as Tensor4D;
      assert.deepEqual(bytes(model.buffers), before);
      const moved = tf.max(tf.abs(tf.sub(attacked, images))).dataSync()[0] ?? NaN;
      assert.ok(moved > 0 && moved <= 0.3, `${moved}`);

      const { buffers } = model.apply(model, attacked, { training: true });
      const step = trainingStep(objective, { momentum: 0.9, weightDecay: 0 });
      assert.deepEqual(bytes(step(state, inputs).state.buffers), bytes(buffers));
    });
  }
});

describe('trainAdversarial', () => {
  it('with epsilon 0 is standard training, and with a larger one has a higher loss', async () => {
    const data = quarters(96);
    const start = tinyModel();
    const loss = async (epsilon: number) => {
      const before = tf.memory().numTensors;
      const attack = { norm: 'l2', epsilon, steps: 2, randomStart: true } as const;
      const { model, history } = await trainAdversarial(start, data, {
        ...options,
        attack,
        random: seeded(0),
      });
      const tensors = Object.keys({ ...model.params, ...model.buffers }).length;
      assert.equal(tf.memory().numTensors, before + tensors);
      model.dispose();
      return history.map(({ loss }) => loss);
    };
    const { trainStandard } = await import('../../src/training/standard.js');
    const standard = await trainStandard(start, data, { ...options, random: seeded(0) });
    const [none, strong] = [await loss(0), await loss(1)];
    assert.deepEqual(
      none,
      standard.history.map(({ loss }) => loss),
    );
    assert.ok((strong[1] ?? 0) > (none[1] ?? NaN));
  });

  it('names the option that is wrong', async () => {
    const attack = { norm: 'l2', epsilon: -1 } as const;
    await assert.rejects(
      trainAdversarial(tinyModel(), quarters(8), { ...options, attack, random: seeded(0) }),
      new ArgumentError('pgd: epsilon must be a number ≥ 0, got -1'),
    );
  });
});
