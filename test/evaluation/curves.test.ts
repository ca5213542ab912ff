import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { gradientTimesInput } from '../../src/attribution/gradientTimesInput.js';
import { ArgumentError } from '../../src/errors.js';
import { deletion, insertion } from '../../src/evaluation/curves.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { pixels, uniformPixels } from '../fixtures/dataset.js';
import { linear } from '../fixtures/linear.js';

// Logits Σ wᵢxᵢ and 0, of an image of ones: 1 + 2 + 3 + 4 = 10; the last pixel counts most.
const weights = tf.tensor2d([1, 0, 2, 0, 3, 0, 4, 0], [4, 2]);
const model = linear(weights);
const ones = pixels(Float32Array.of(1, 1, 1, 1), [0], [2, 2, 1]);
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const near = (got: ArrayLike<number>, expected: readonly number[]) =>
  assert.deepEqual(
    Array.from(got, (value, i) => Math.abs(value - (expected[i] ?? NaN)) < 1e-6),
    expected.map(() => true),
    `${Array.from(got).join()} for ${expected.join()}`,
  );

describe('deletion', () => {
  it('takes the most important pixels first, and its area is the trapezoidal rule', async () => {
    const expected = [10, 6, 3, 1, 0].map(sigmoid);
    const { mean, shares, area } = await deletion(model, ones, gradientTimesInput, { step: 1 });
    near(mean, expected);
    near(shares, [0, 0.25, 0.5, 0.75, 1]);
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = expected;
    near(area.values, [(a / 2 + b + c + d + e / 2) / 4]);
  });

  it('takes several pixels in a step, the last ones in a smaller step', async () => {
    const { mean, shares } = await deletion(model, ones, gradientTimesInput, { step: 3 });
    near(mean, [10, 1, 0].map(sigmoid));
    near(shares, [0, 0.75, 1]);
  });

  it('ends at the filling that it is given', async () => {
    const { mean } = await deletion(model, ones, gradientTimesInput, { step: 4, value: [0.5] });
    near(mean, [10, 5].map(sigmoid));
  });
});

describe('insertion', () => {
  it('puts the most important pixels into the filling', async () => {
    const { mean } = await insertion(model, ones, gradientTimesInput, { step: 1, value: 'zero' });
    near(mean, [0, 4, 7, 9, 10].map(sigmoid));
  });

  it('begins at the blurred image and ends at the image, where deletion begins', async () => {
    const network = resnet({ stem: 4, widths: [8], classes: 4, random: seeded(5) });
    const data = uniformPixels(6, 5, [8, 8, 3]);
    const before = tf.memory().numTensors;
    const there = await insertion(network, data, gradientTimesInput, { batchSize: 2 });
    const back = await deletion(network, data, gradientTimesInput, { value: 'blur', batchSize: 3 });
    assert.equal(tf.memory().numTensors, before);
    const ends = (values: Float64Array) => [values.at(0) ?? NaN, values.at(-1) ?? NaN];
    near(ends(there.mean), ends(back.mean).reverse());
    assert.equal(there.mean.length, 9);
  });

  it('is the same compiled', async () => {
    const network = resnet({ stem: 2, widths: [4], classes: 3, random: seeded(5) });
    const data = uniformPixels(6, 130, [4, 4, 3]);
    const options = { step: 1 };
    const compiled = await insertion(network, data, gradientTimesInput, options);
    const eager = await insertion(
      (x: Tensor4D): Tensor2D => network.apply(network, x).logits,
      data,
      (_, images, targets) => gradientTimesInput(network, images, targets),
      options,
    );
    // Ranks may differ where two pixels' scores differ by rounding; the mean over 130 images hardly does.
    compiled.mean.forEach((value, i) => assert.ok(Math.abs(value - (eager.mean[i] ?? NaN)) < 1e-4));
  });

  it('says what does not fit', async () => {
    await assert.rejects(
      insertion(model, ones, gradientTimesInput, { step: 5 }),
      new ArgumentError('insertion: step must be an integer in 1…4, got 5'),
    );
    await assert.rejects(
      deletion(model, ones, gradientTimesInput, { value: 'noise' }),
      new ArgumentError('deletion: random must be a seeded stream such as seeded(0), got none'),
    );
  });
});
