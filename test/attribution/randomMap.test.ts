import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomMap } from '../../src/attribution/randomMap.js';
import { seeded } from '../../src/random.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';

const model = linear(normalMatrix(1, 48, 2));

describe('randomMap', () => {
  it('is uniform in [0, 1) and another one for each image and call', async () => {
    const random = seeded(2);
    const images = uniformImages(3, [50, 4, 4, 3]);
    const maps = await randomMap(model, images, 'predicted', { random });
    assert.deepEqual(maps.shape, images.shape);
    const values = Float32Array.from(await maps.data());
    assert.ok(
      values.every((value) => value >= 0 && value < 1),
      'leaves [0, 1)',
    );
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    assert.ok(Math.abs(mean - 0.5) < (5 * Math.sqrt(1 / 12)) / Math.sqrt(values.length), `${mean}`);
    assert.notDeepEqual(values.subarray(0, 48), values.subarray(48, 96));
    const next = await randomMap(model, images, 'predicted', { random });
    assert.notDeepEqual(await next.data(), values);
    const again = await randomMap(model, images, 'predicted', { random: seeded(2) });
    assert.deepEqual(await again.data(), values);
  });

  it('leaves nothing but its result in memory', async () => {
    const images = uniformImages(3, [2, 4, 4, 3]);
    const before = tf.memory().numTensors;
    await randomMap(model, images, 'predicted', { random: seeded(1) });
    assert.equal(tf.memory().numTensors, before + 1);
  });
});
