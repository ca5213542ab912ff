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
});
