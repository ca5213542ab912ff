import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Dataset } from '../../src/data/dataset.js';
import { ArgumentError } from '../../src/errors.js';
import { accuracy, wilson } from '../../src/evaluation/accuracy.js';
import { linear } from '../fixtures/linear.js';

/** One grey pixel per image; class 1 from a brightness of 0.5 on. */
const model = (images: tf.Tensor4D) =>
  tf.add<tf.Tensor2D>(linear(tf.tensor2d([-1, 1], [1, 2]))(images), tf.tensor1d([0.5, -0.5]));

function greys(images: Uint8Array | Float32Array, labels: number[]): Dataset {
  const source = { name: 'test', official: null, checksum: '', caption: '' };
  return { images, labels: Int32Array.from(labels), shape: [1, 1, 1], classes: ['dark', 'bright'], source };
}

describe('accuracy', () => {
  it('counts the correct images, for bytes and floats and every batch size', async () => {
    const bytes = greys(Uint8Array.of(0, 100, 150, 255, 255), [0, 1, 1, 1, 0]);
    const floats = greys(Float32Array.of(0, 0.4, 0.6, 1, 1), [0, 1, 1, 1, 0]);
    for (const dataset of [bytes, floats]) {
      for (const batchSize of [1, 2, 256]) {
        const result = await accuracy(model, dataset, { batchSize });
        assert.deepEqual([...result.correct], [1, 0, 1, 1, 0]);
        assert.equal(result.accuracy, 0.6);
        assert.equal(result.count, 5);
      }
    }
  });

  it('leaves nothing in memory', async () => {
    const free = (images: tf.Tensor4D) => tf.tidy(() => model(images));
    const before = tf.memory().numTensors;
    await accuracy(free, greys(Uint8Array.of(0, 1), [0, 1]));
    assert.equal(tf.memory().numTensors, before);
  });

  it('refuses an empty data set and labels that the model does not know', async () => {
    await assert.rejects(
      accuracy(model, greys(new Uint8Array(0), [])),
      new ArgumentError(
        'accuracy: the data set must hold at least one image and 1 numbers for each label, got 0 numbers and 0 labels',
      ),
    );
    await assert.rejects(
      accuracy(model, greys(Uint8Array.of(0, 1), [0, 2])),
      new ArgumentError("accuracy: labels must be below the model's 2 classes, got 2"),
    );
  });
});

describe('wilson', () => {
  it('is (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)', () => {
    // 8 of 10, z² = 3.841459: (0.992073 ± 1.959964 · √(0.016 + 0.00960365)) / 1.384146 = (0.992073 ± 0.313617) / 1.384146.
    const [low, high] = wilson(8, 10);
    assert.ok(Math.abs(low - 0.490162) < 1e-6 && Math.abs(high - 0.943318) < 1e-6, `${low} ${high}`);
  });

  it('stays within [0, 1] and has a width at 0 and 1', () => {
    const [none, some] = wilson(0, 20);
    const [most, all] = wilson(20, 20);
    // z²/(n + z²) at a share of 0.
    assert.equal(none, 0);
    assert.ok(Math.abs(some - 3.841459 / 23.841459) < 1e-6, `${some}`);
    assert.equal(all, 1);
    assert.ok(Math.abs(most - (1 - some)) < 1e-12, `${most}`);
  });
});
