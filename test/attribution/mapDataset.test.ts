import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { mapDataset } from '../../src/attribution/mapDataset.js';
import { ArgumentError } from '../../src/errors.js';
import { quarters } from '../training/toy.js';

const data = quarters(5);

describe('mapDataset', () => {
  it('joins the maps of batches in order, with the labels of their images, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const maps = await mapDataset(
      data,
      (images, labels) => tf.tidy(() => tf.add<Tensor4D>(images, tf.reshape(labels, [-1, 1, 1, 1]))),
      { batchSize: 2 },
    );
    assert.equal(tf.memory().numTensors, before);
    const pixels = data.images as Float32Array;
    const expected = pixels.map((pixel, i) => pixel + (data.labels[Math.floor(i / 64)] ?? NaN));
    assert.deepEqual(maps, expected);
  });

  it('names maps of another shape, and frees them', async () => {
    const before = tf.memory().numTensors;
    await assert.rejects(
      mapDataset(data, () => tf.zeros([5, 8, 8, 3])),
      new ArgumentError('mapDataset: maps must be [5, 8, 8, 1], got [5, 8, 8, 3]'),
    );
    assert.equal(tf.memory().numTensors, before);
  });
});
