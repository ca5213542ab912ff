import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Dataset } from '../../src/data/dataset.js';
import { accuracy } from '../../src/evaluation/accuracy.js';
import { trainSmall } from '../../src/evaluation/trainSmall.js';
import { seeded } from '../../src/random.js';
import { planted } from '../fixtures/planted.js';

/** Noise of one of four brightnesses, which flips and crops leave as they are. */
function brightness(count: number): Dataset {
  const data = planted(count, seeded(1));
  const images = data.images.map((byte, i) => byte / 2 + 40 * (data.labels[Math.floor(i / 192)] ?? 0));
  return { ...data, images };
}

describe('trainSmall', () => {
  it('learns four brightnesses, to the same weights for the same seed, and leaves only its model', async () => {
    const data = brightness(300);
    const before = tf.memory().numTensors;
    const model = await trainSmall(data, { random: seeded(2), label: 'test' });
    const again = await trainSmall(data, { random: seeded(2), label: 'test' });
    const { accuracy: share } = await accuracy(model, data);
    assert.ok(share > 0.6, `${share}`);
    for (const [name, weights] of Object.entries(model.params)) {
      assert.deepEqual(await again.params[name]?.data(), await weights.data());
    }
    model.dispose();
    again.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
