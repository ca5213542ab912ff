import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { saliency } from '../../src/attribution/saliency.js';
import { ArgumentError } from '../../src/errors.js';
import { maxSensitivity } from '../../src/evaluation/maxSensitivity.js';
import { seeded } from '../../src/random.js';
import { pixels, uniformPixels } from '../fixtures/dataset.js';
import { linear, normalMatrix } from '../fixtures/linear.js';

const model = linear(normalMatrix(1, 48, 3));
const data = uniformPixels(2, 6, [4, 4, 3]);
const image = (_: unknown, images: Tensor4D) => tf.clone(images);

describe('maxSensitivity', () => {
  it("is 0 for a linear model's gradient", async () => {
    const before = tf.memory().numTensors;
    const free = (images: Tensor4D) => tf.tidy(() => model(images));
    const { values } = await maxSensitivity(free, data, saliency, { random: seeded(1), batchSize: 4 });
    assert.deepEqual(values, new Float32Array(6));
    assert.equal(tf.memory().numTensors, before);
  });

  it('grows to radius / x with the number of samples, for a map that is the image of one pixel', async () => {
    // |δ|/x with δ uniform in ±0.1 and x = 0.5: the largest of many draws is near 0.2.
    const grey = pixels(Float32Array.of(0.5), [0], [1, 1, 1]);
    const one = linear(tf.ones([1, 2]));
    const run = async (samples: number) =>
      (await maxSensitivity(one, grey, image, { radius: 0.1, samples, random: seeded(2) })).values[0] ?? NaN;
    const [few, many] = [await run(1), await run(300)];
    // All but one in 0.95^300 = 2e-7 of the seeds.
    assert.ok(few < many && many <= 0.2 + 1e-6 && many > 0.19, `${few}, ${many}`);
  });

  it('is infinite where the map itself is 0', async () => {
    const black = pixels(new Float32Array(48), [0], [4, 4, 3]);
    const { values } = await maxSensitivity(model, black, image, { random: seeded(3) });
    assert.equal(values[0], Infinity);
  });

  it('says what does not fit', async () => {
    const refuses = (options: object, message: string) =>
      assert.rejects(
        maxSensitivity(model, data, image, { random: seeded(1), ...options }),
        new ArgumentError(message),
      );
    await refuses({ radius: -1 }, 'maxSensitivity: radius must be a number ≥ 0, got -1');
    await refuses({ samples: 0 }, 'maxSensitivity: samples must be a positive integer, got 0');
    await assert.rejects(
      maxSensitivity(model, data, (_, images) => tf.sum<Tensor4D>(images, 3, true), { random: seeded(1) }),
      new ArgumentError('maxSensitivity: maps must be [6, 4, 4, 3], got [6, 4, 4, 1]'),
    );
  });
});
