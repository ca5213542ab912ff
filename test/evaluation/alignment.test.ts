import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../../src/errors.js';
import { alignment } from '../../src/evaluation/alignment.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { pixels, uniformPixels } from '../fixtures/dataset.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';

describe('alignment', () => {
  it('is |⟨x, w⟩| / ‖w‖ signed and ⟨x, |w|⟩ / ‖w‖ by default, for the predicted and the true class', async () => {
    // Gradients (3, −4) and (0, 1); logits of (1, 0.25): 2 and 0.25, of (0, 0.5): −2 and 0.5.
    const model = linear(tf.tensor2d([3, 0, -4, 1], [2, 2]));
    const data = pixels(Float32Array.of(1, 0.25, 0, 0.5), [0, 0], [1, 2, 1]);
    const near = (got: Float32Array, expected: number[]) =>
      got.forEach((value, i) => assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-6, `${value}`));
    near((await alignment(model, data)).values, [(3 + 1) / 5, 0.5]);
    near((await alignment(model, data, { signed: true })).values, [(3 - 1) / 5, 0.5]);
    near((await alignment(model, data, { target: 'true' })).values, [(3 + 1) / 5, 2 / 5]);
    near((await alignment(model, data, { target: 'true', signed: true })).values, [(3 - 1) / 5, 2 / 5]);
  });

  it('is at most ‖x‖, and the same when the logits are scaled by 1e-30 or 1e30', async () => {
    const images = Float32Array.from(await uniformImages(1, [20, 4, 4, 3]).data());
    const data = pixels(images, new Array<number>(20).fill(0), [4, 4, 3]);
    const weights = normalMatrix(2, 48, 3);
    const { values } = await alignment(linear(weights), data);
    values.forEach((value, n) => {
      const norm = Math.hypot(...images.subarray(n * 48, (n + 1) * 48));
      assert.ok(value > 0 && value <= norm, `${value} for ${norm}`);
    });
    for (const scale of [1e-30, 1e30]) {
      const scaled = await alignment(linear(tf.mul<Tensor2D>(weights, scale)), data, { batchSize: 7 });
      scaled.values.forEach((value, n) => assert.ok(Math.abs(value - (values[n] ?? NaN)) < 1e-5, `${value}`));
    }
  });

  it('sums up by mean, median and interval, and leaves nothing in memory', async () => {
    // One pixel, gradient 1: the alignments are the images 1, 2, 3, 10.
    const model = linear(tf.tensor2d([1, 0], [1, 2]));
    const data = pixels(Float32Array.of(3, 1, 10, 2), [0, 0, 0, 0], [1, 1, 1]);
    const before = tf.memory().numTensors;
    const { mean, median, interval, count } = await alignment(model, data);
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual([mean, median, count], [4, 2.5, 4]);
    // Squares (9 + 4 + 1 + 36) / 3 / 4.
    const half = 1.959963984540054 * Math.sqrt(50 / 12);
    assert.ok(Math.abs(interval[0] - (4 - half)) < 1e-9 && Math.abs(interval[1] - (4 + half)) < 1e-9);
  });

  it('draws a class for each image on request, the same ones for the same seed', async () => {
    // Gradients (1, 0) and (0, 1) of an image (1, 2): 1 or 2, each for about half of the images.
    const model = linear(tf.tensor2d([1, 0, 0, 1], [2, 2]));
    const images = Float32Array.from({ length: 200 }, (_, i) => 1 + (i % 2));
    const data = pixels(images, new Array<number>(100).fill(0), [1, 2, 1]);
    const draw = (batchSize: number) =>
      alignment(model, data, { target: 'random', random: seeded(1), batchSize });
    const { values } = await draw(100);
    const ones = values.filter((value) => value === 1).length;
    assert.equal(values.filter((value) => value === 2).length, 100 - ones);
    // Four standard errors, 20 of 100.
    assert.ok(Math.abs(ones - 50) < 20, `${ones}`);
    assert.deepEqual((await draw(7)).values, values);
    await assert.rejects(
      alignment(model, data, { target: 'random' }),
      new ArgumentError('alignment: random must be a seeded stream such as seeded(0), got none'),
    );
  });

  it('is the same compiled, for a network and enough images', async () => {
    const network = resnet({ stem: 2, widths: [4], classes: 3, random: seeded(5) });
    const data = uniformPixels(6, 2000, [4, 4, 3]);
    const compiled = await alignment(network, data, { signed: true });
    const eager = await alignment((x) => network.apply(network, x).logits, data, { signed: true });
    // Each a sum of 48 products, at most ‖x‖ = 4.
    compiled.values.forEach((value, n) => assert.ok(Math.abs(value - (eager.values[n] ?? NaN)) < 1e-5));
  });

  it('refuses a target it does not know', async () => {
    const model = linear(tf.tensor2d([1, 0], [1, 2]));
    const data = pixels(Float32Array.of(3), [0], [1, 1, 1]);
    const target = 'best' as 'true';
    await assert.rejects(
      alignment(model, data, { target }),
      new ArgumentError("alignment: target must be 'predicted', 'true' or 'random', got best"),
    );
  });
});
