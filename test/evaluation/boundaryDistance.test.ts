import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../../src/errors.js';
import { boundaryDistance } from '../../src/evaluation/boundaryDistance.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { pixels, uniformPixels } from '../fixtures/dataset.js';
import { homogeneous, linear, normalMatrix } from '../fixtures/linear.js';

function near(got: Float32Array, expected: readonly number[], tolerance: number): void {
  assert.equal(got.length, expected.length);
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - (expected[i] ?? NaN)) <= tolerance, `image ${i}: ${value} for ${expected[i]}`);
  });
}

describe('boundaryDistance', () => {
  it('takes the runner-up by distance, not by logit', async () => {
    const data = pixels(Float32Array.of(0.6, 0.8), [0], [1, 2, 1]);
    // Weights (3, 4), (3, 3.95) and (0, 0): logits 5, 4.96 and 0. The second class is at 0.04/0.05 = 0.8, the third at 1.
    const weights = linear(tf.tensor2d([3, 3, 0, 4, 3.95, 0], [2, 3]));
    const first = await boundaryDistance(weights, data);
    near(first.distance.values, [0.8], 1e-4);
    assert.deepEqual([...first.predicted, ...first.runnerUp], [0, 1]);
    // The second logit lower by 0.02: at 0.06/0.05 = 1.2 now.
    const lower = (images: Tensor4D) => tf.sub<Tensor2D>(weights(images), tf.tensor1d([0, 0.02, 0]));
    const { distance, runnerUp } = await boundaryDistance(lower, data);
    near(distance.values, [1], 1e-6);
    assert.deepEqual([...runnerUp], [2]);
  });

  it('is exact for linear models with bias, whose ξ is what the biases add', async () => {
    const data = uniformPixels(1, 30, [4, 4, 3]);
    const weights = normalMatrix(2, 48, 5);
    const bias = tf.tensor1d([0.3, -0.2, 0.1, 0.5, -0.4]);
    const model = (images: Tensor4D) => tf.add<Tensor2D>(linear(weights)(images), bias);
    const { distance, predicted, runnerUp, alignment, xi, bound } = await boundaryDistance(model, data);
    const [w, b] = [await weights.array(), await bias.data()];
    distance.values.forEach((value, n) => {
      const image = data.images.subarray(n * 48, (n + 1) * 48);
      const [i = 0, j = 0] = [predicted[n], runnerUp[n]];
      const gradients = w.map((row) => (other: number) => (row[i] ?? NaN) - (row[other] ?? NaN));
      const to = (other: number) => {
        const product = gradients.reduce((sum, g, k) => sum + g(other) * (image[k] ?? NaN), 0);
        const norm = Math.hypot(...gradients.map((g) => g(other)));
        return { product: product / norm, shift: ((b[i] ?? NaN) - (b[other] ?? NaN)) / norm };
      };
      const distances = [0, 1, 2, 3, 4].filter((k) => k !== i).map((k) => to(k).product + to(k).shift);
      const { product, shift } = to(j);
      // Sums of 48 products of the order of 1, in float32.
      assert.ok(Math.abs(value - Math.min(...distances)) < 1e-5, `${value}`);
      assert.ok(Math.abs((alignment.values[n] ?? NaN) - Math.abs(product)) < 1e-5);
      assert.ok(Math.abs((xi.values[n] ?? NaN) - Math.abs(shift)) < 1e-5);
      assert.ok(value <= (bound.values[n] ?? NaN) + 1e-5);
    });
  });

  it('is the alignment for homogeneous networks, whose ξ is 0', async () => {
    // Euler: ⟨x, ∇Ψ†⟩ = Ψ†(x) without biases.
    const data = uniformPixels(3, 20, [4, 4, 3]);
    const { distance, alignment, xi } = await boundaryDistance(homogeneous(4, 48), data, { batchSize: 7 });
    distance.values.forEach((value, n) => {
      assert.ok(Math.abs((alignment.values[n] ?? NaN) - value) < 2e-5, `${value}`);
      assert.ok((xi.values[n] ?? NaN) < 2e-5);
    });
  });

  it('is at most alignment + ξ on a network with batch norm, and the same when logits are scaled', async () => {
    const network = resnet({ stem: 4, widths: [8], classes: 4, random: seeded(5) });
    const data = uniformPixels(6, 12, [8, 8, 3]);
    const before = tf.memory().numTensors;
    const measured = await boundaryDistance(network, data, { batchSize: 5 });
    assert.equal(tf.memory().numTensors, before);
    measured.distance.values.forEach((value, n) => {
      // Rounding of one sum.
      assert.ok(value <= (measured.bound.values[n] ?? NaN) * (1 + 1e-6), `${value}`);
      assert.ok((measured.xi.values[n] ?? 0) > 0);
    });
    // Squares of such gradients are 0 in float32.
    const scaled = (images: Tensor4D) => tf.mul<Tensor2D>(network.apply(network, images).logits, 1e-25);
    const again = await boundaryDistance(scaled, data);
    near(again.distance.values, [...measured.distance.values], 1e-4);
  });

  it('is infinite where no gradient leads to another class, and 0 on a tie', async () => {
    const constant = (images: Tensor4D) =>
      tf.add<Tensor2D>(linear(tf.zeros([2, 2]))(images), tf.tensor1d([1, 0]));
    const data = pixels(Float32Array.of(0.6, 0.8), [0], [1, 2, 1]);
    const far = await boundaryDistance(constant, data);
    assert.deepEqual([...far.distance.values, ...far.runnerUp], [Infinity, 1]);
    const tied = await boundaryDistance(linear(tf.ones([2, 2])), data);
    assert.equal(tied.distance.values[0], 0);
  });

  it('refuses a model of a single class', async () => {
    await assert.rejects(
      boundaryDistance(linear(tf.ones([2, 1])), pixels(Float32Array.of(0.6, 0.8), [0], [1, 2, 1])),
      new ArgumentError(
        'boundaryDistance: the model must have at least 2 classes, got 1; of one logit z make two, [0, z]',
      ),
    );
  });
});
