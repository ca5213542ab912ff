import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { saliency } from '../../src/attribution/saliency.js';
import { ArgumentError } from '../../src/errors.js';
import { infidelity } from '../../src/evaluation/infidelity.js';
import type { Classifier } from '../../src/models/model.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformPixels } from '../fixtures/dataset.js';
import { linear, normalMatrix } from '../fixtures/linear.js';

const weights = normalMatrix(1, 48, 3);
const model = linear(weights);
const data = uniformPixels(2, 6, [4, 4, 3]);
const gradient = (network: Classifier, images: Tensor4D, targets: Tensor1D) =>
  saliency(network, images, targets, { absolute: false });
const none = (_: Classifier, images: Tensor4D) => tf.zerosLike(images);

describe('infidelity', () => {
  it("is 0 for a linear model's gradient, whatever is taken away", async () => {
    for (const perturbation of ['noise', 'square'] as const) {
      const { values } = await infidelity(model, data, gradient, {
        perturbation,
        samples: 5,
        random: seeded(1),
      });
      // Logits of up to 10 in float32 round by 1e-6.
      assert.ok(
        values.every((value) => value >= 0 && value < 1e-9),
        values.join(),
      );
    }
  });

  it("is σ²‖w‖² for a linear model's map of zeros", async () => {
    const before = tf.memory().numTensors;
    const free = (images: Tensor4D) => tf.tidy(() => model(images));
    const options = { samples: 2000, sigma: 0.2, target: 'true', random: seeded(2) } as const;
    const { values } = await infidelity(free, data, none, options);
    assert.equal(tf.memory().numTensors, before);
    const expected = 0.04 * tf.sum(tf.square(tf.slice(weights, [0, 0], [-1, 1]))).dataSync()[0]!;
    // The relative standard error of a mean of 2000 squares of normal numbers is √(2/2000) = 0.032.
    for (const value of values) assert.ok(Math.abs(value / expected - 1) < 0.13, `${value} for ${expected}`);
  });

  it('is the square of the logit that a square of the whole image costs', async () => {
    const options = {
      perturbation: 'square',
      side: 4,
      samples: 3,
      target: 'true',
      random: seeded(3),
    } as const;
    const { values } = await infidelity(model, data, none, options);
    const logits = model(tf.tensor4d(data.images as Float32Array, [6, 4, 4, 3])).arraySync();
    values.forEach((value, n) => {
      const expected = (logits[n]?.[0] ?? NaN) ** 2;
      assert.ok(Math.abs(value - expected) < 1e-4 * Math.max(1, expected), `${value} for ${expected}`);
    });
  });

  it('does not see the scale of a map when it is normalised', async () => {
    const network = resnet({ stem: 2, widths: [4], classes: 3, random: seeded(4) });
    const large = async (m: Classifier, images: Tensor4D, targets: Tensor1D) => {
      const maps = await gradient(m, images, targets);
      const scaled = tf.mul<Tensor4D>(maps, 1000);
      maps.dispose();
      return scaled;
    };
    const run = (method: typeof gradient, normalise: boolean) =>
      infidelity(network, data, method, { samples: 20, normalise, random: seeded(5) });
    const [one, other] = [await run(gradient, true), await run(large, true)];
    one.values.forEach((value, n) => assert.ok(Math.abs(value / (other.values[n] ?? NaN) - 1) < 1e-3));
    const plain = await run(gradient, false);
    assert.ok(one.values.every((value, n) => value <= (plain.values[n] ?? NaN) * (1 + 1e-6)));
  });

  it('does not depend on the batch size', async () => {
    const run = (batchSize: number) =>
      infidelity(model, data, none, { samples: 4, batchSize, random: seeded(6) });
    const [whole, parts] = [await run(6), await run(4)];
    whole.values.forEach((value, n) => assert.ok(Math.abs(value / (parts.values[n] ?? NaN) - 1) < 1e-5));
  });

  it('says what does not fit', async () => {
    const refuses = (options: object, message: string) =>
      assert.rejects(
        infidelity(model, data, none, { random: seeded(1), ...options }),
        new ArgumentError(message),
      );
    await refuses({ samples: 0 }, 'infidelity: samples must be a positive integer, got 0');
    await refuses({ sigma: 0 }, 'infidelity: sigma must be a number > 0, got 0');
    await refuses({ side: 5 }, 'infidelity: side must be an integer in 1…4, got 5');
    await refuses({ perturbation: 'dust' }, "infidelity: perturbation must be 'noise' or 'square', got dust");
  });
});
