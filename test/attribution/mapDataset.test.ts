import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { mapDataset } from '../../src/attribution/mapDataset.js';
import { smoothGrad } from '../../src/attribution/smoothGrad.js';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
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

  it('holds one batch of images and maps on the device, whatever the number of images', async () => {
    for (const count of [16, 400]) {
      const before = tf.memory().numBytes;
      let peak = 0;
      await mapDataset(
        quarters(count),
        (images) => {
          const maps = tf.add<Tensor4D>(images, 1);
          peak = Math.max(peak, tf.memory().numBytes - before);
          return maps;
        },
        { batchSize: 4 },
      );
      // 4 images and maps of 64 floats, and 4 labels; the 1 is a scalar.
      assert.ok(peak <= 2 * 4 * 64 * 4 + 4 * 4 + 4, `${peak} bytes for ${count} images`);
      assert.equal(tf.memory().numBytes, before);
    }
  });

  it('bounds the copies of SmoothGrad as well', async () => {
    const peaks: number[] = [];
    for (const [count, samples] of [
      [8, 50],
      [64, 50],
      [64, 200],
    ] as const) {
      const before = tf.memory().numBytes;
      let peak = 0;
      const model = (images: Tensor4D) => {
        peak = Math.max(peak, tf.memory().numBytes - before);
        return tf.sum<tf.Tensor2D>(images, [1, 3]);
      };
      const options = { samples, sigma: 0.1, batchSize: 8, random: seeded(0) };
      await mapDataset(quarters(count), (images) => smoothGrad(model, images, 'predicted', options), {
        batchSize: 8,
      });
      peaks.push(peak);
    }
    assert.equal(peaks[1], peaks[0]);
    assert.equal(peaks[2], peaks[0]);
  });

  it('says what an attribution must return', async () => {
    const before = tf.memory().numTensors;
    await assert.rejects(
      // As a script without types may do.
      mapDataset(data, (() => undefined) as never),
      new ArgumentError(
        'mapDataset: the attribution must return a tensor of maps [N, H, W, C], got undefined',
      ),
    );
    await assert.rejects(
      mapDataset(data, 'saliency' as never),
      new ArgumentError('mapDataset: the attribution must be a function of images and labels, got saliency'),
    );
    assert.equal(tf.memory().numTensors, before);
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
