import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { rankDataset } from '../../src/evaluation/rankDataset.js';
import { quarters } from '../training/toy.js';

describe('rankDataset', () => {
  it('ranks what a function says as its maps made before, for every batch size', async () => {
    const data = quarters(5);
    const made = await rankDataset(data, data.images as Float32Array);
    for (const batchSize of [2, 5])
      assert.deepEqual(await rankDataset(data, (images) => tf.clone(images), { batchSize }), made);
    // 2 bytes for each pixel; a rank is a place, so each occurs once in an image.
    assert.equal(made.BYTES_PER_ELEMENT, 2);
    assert.deepEqual(
      [...made.subarray(64, 128)].sort((a, b) => a - b),
      [...Array(64).keys()],
    );
  });

  it('holds one batch of images and maps on the device, whatever the number of images', async () => {
    for (const count of [16, 400]) {
      const before = tf.memory().numBytes;
      let peak = 0;
      const attribution = (images: Tensor4D) => {
        const maps = tf.add<Tensor4D>(images, 1);
        peak = Math.max(peak, tf.memory().numBytes - before);
        return maps;
      };
      await rankDataset(quarters(count), attribution, { batchSize: 4 });
      // 4 images and maps of 64 floats, and 4 labels; the 1 is a scalar.
      assert.ok(peak <= 2 * 4 * 64 * 4 + 4 * 4 + 4, `${peak} bytes for ${count} images`);
      assert.equal(tf.memory().numBytes, before);
    }
  });
});
