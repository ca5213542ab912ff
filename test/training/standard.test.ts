import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError, DivergenceError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import { trainStandard } from '../../src/training/standard.js';
import { quarters, tinyModel } from './toy.js';

const options = { epochs: 3, batchSize: 32, augment: false, quiet: true } as const;

describe('trainStandard', () => {
  it('learns a toy set to over 90 % on other images, and frees all but the model', async () => {
    const start = tinyModel();
    const before = tf.memory().numTensors;
    const validation = quarters(200, 2);
    const { model, history } = await trainStandard(start, quarters(600), {
      ...options,
      validation,
      random: seeded(0),
    });
    const tensors = Object.keys({ ...model.params, ...model.buffers }).length;
    assert.equal(tf.memory().numTensors, before + tensors);
    assert.equal(history.length, 3);
    assert.ok((history[2]?.validation ?? 0) > 0.9, JSON.stringify(history));
    model.dispose();
    start.dispose();
  });

  it('gives the same bytes for the same seed and others for another', async () => {
    const losses = async (seed: number) => {
      const { model, history } = await trainStandard(tinyModel(), quarters(64), {
        ...options,
        augment: true,
        random: seeded(seed),
      });
      return [...history.map(({ loss }) => loss), ...(model.params['conv1.weight']?.dataSync() ?? [])];
    };
    assert.deepEqual(await losses(1), await losses(1));
    assert.notDeepEqual(await losses(1), await losses(2));
  });

  it('leaves the model it started from as it was', async () => {
    const start = tinyModel();
    const copy = () =>
      Object.values({ ...start.params, ...start.buffers }).map((tensor) => [...tensor.dataSync()]);
    const before = copy();
    await trainStandard(start, quarters(32), { ...options, epochs: 1, random: seeded(0) });
    assert.deepEqual(copy(), before);
  });

  it('stops at a loss that is not finite and names epoch, batch and learning rate', async () => {
    const start = tinyModel();
    const before = tf.memory().numTensors;
    const schedule = 'constant' as const;
    const training = trainStandard(start, quarters(96), {
      ...options,
      learningRate: 1e30,
      schedule,
      random: seeded(0),
    });
    await assert.rejects(
      training,
      new DivergenceError(
        'trainStandard: the loss must stay finite, got NaN in epoch 1, batch 2 at learning rate 1e+30; lower learningRate',
      ),
    );
    assert.equal(tf.memory().numTensors, before);
  });

  it('says which option or data is wrong', async () => {
    const random = seeded(0);
    const refused = (message: string, change: object, data = quarters(8)) =>
      assert.rejects(
        trainStandard(tinyModel(), data, { ...options, random, ...change }),
        new ArgumentError(message),
      );
    await refused('trainStandard: epochs must be a positive integer, got 0', { epochs: 0 });
    await refused('trainStandard: momentum must be in [0, 1), got 1', { momentum: 1 });
    await refused('trainStandard: random must be a seeded stream such as seeded(0), got none', {
      random: undefined,
    });
    await refused('trainStandard: temperature must be a number > 0, got 0', { temperature: 0 });
    const label = { ...quarters(1), labels: Int32Array.of(4) };
    await refused("trainStandard: labels must be in 0…3, the model's classes, got 4", {}, label);
    const shape = { ...quarters(3), shape: [8, 8, 3] as const };
    await refused(
      'trainStandard: the data set must hold at least one image and 192 numbers for each label, got 192 numbers and 3 labels',
      {},
      shape,
    );
  });
});
