import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { batchNormEvaluation, batchNormTraining } from '../../src/models/batchNorm.js';
import { seeded } from '../../src/random.js';

/** Batch norm from operations whose second derivatives tfjs gets right. */
function composed(x: Tensor4D, weight: Tensor1D, bias: Tensor1D): Tensor4D {
  const centred = tf.sub(x, tf.mean(x, [0, 1, 2]));
  const variance = tf.mean(tf.square(centred), [0, 1, 2]);
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), weight), bias);
}

function fused(x: Tensor4D, weight: Tensor1D, bias: Tensor1D): Tensor4D {
  return batchNormTraining(x, { weight, bias, mean: tf.zeros([2]), variance: tf.ones([2]) }).output;
}

function normal(shape: number[], seed: number): Tensor {
  const random = seeded(seed);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
}

function assertClose(actual: Tensor, expected: Tensor, relative: number): void {
  const error = tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] ?? NaN;
  const scale = tf.max(tf.abs(expected)).dataSync()[0] ?? NaN;
  assert.ok(error <= relative * scale, `largest error ${error} at scale ${scale}`);
}

describe('batchNormTraining', () => {
  it('moves running statistics by a tenth, with the unbiased variance, as PyTorch does', () => {
    // One channel with the values 1, 2, 3, 6: mean 3, squares about it 4 + 1 + 0 + 9 = 14, unbiased variance 14/3.
    const x = tf.tensor4d([1, 2, 3, 6], [1, 2, 2, 1]);
    const one = tf.tensor1d([1]);
    const result = batchNormTraining(x, {
      weight: one,
      bias: tf.zeros([1]),
      mean: tf.tensor1d([10]),
      variance: one,
    });
    assert.ok(Math.abs((result.mean.dataSync()[0] ?? NaN) - (9 + 0.3)) < 1e-6);
    assert.ok(Math.abs((result.variance.dataSync()[0] ?? NaN) - (0.9 + 14 / 30)) < 1e-6);
    // Outputs divide by the biased deviation √(14/4).
    assertClose(result.output, tf.div(tf.sub(x, 3), Math.sqrt(3.5 + 1e-5)), 1e-6);
  });

  it('has the first and second derivatives of the composed form', () => {
    for (const seed of [1, 2, 3]) {
      const x = tf.add(tf.mul(2, normal([4, 3, 3, 2], seed)), 1) as Tensor4D;
      const target = normal([4, 3, 3, 2], seed + 10);
      const weight = tf.tensor1d([1.3, -0.7]);
      const bias = tf.tensor1d([0.1, -0.2]);
      const second = (norm: typeof fused) => {
        const loss = (...args: Tensor[]) =>
          tf.sum(
            tf.mul(tf.square(norm(args[0] as Tensor4D, args[1] as Tensor1D, args[2] as Tensor1D)), target),
          );
        // A mixture of the gradients in input, weight and bias, so that each of the second ones is exercised.
        const mixture = (...args: Tensor[]) => {
          const [dx, dw, db] = tf.grads(loss)(args) as [Tensor, Tensor, Tensor];
          return tf.addN([
            tf.sum(tf.mul(tf.square(dx), target)),
            tf.sum(tf.square(dw)),
            tf.mul(3, tf.sum(db)),
          ]);
        };
        return [...tf.grads(loss)([x, weight, bias]), ...tf.grads(mixture)([x, weight, bias])];
      };
      const expected = second(composed);
      // Float32 rounds at 6e-8; sums of 36 products of cancelling terms lose two to three digits.
      second(fused).forEach((gradient, i) => assertClose(gradient, expected[i] as Tensor, 3e-5));
    }
  });

  it('frees what it allocates under tf.tidy and second derivatives', () => {
    const x = normal([2, 3, 3, 2], 1) as Tensor4D;
    const [weight, bias] = [tf.ones<tf.Rank.R1>([2]), tf.zeros<tf.Rank.R1>([2])];
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const slope = (x: Tensor) =>
        tf.grad((x: Tensor) => tf.sum(tf.square(fused(x as Tensor4D, weight, bias))))(x);
      tf.grad((x: Tensor) => tf.sum(tf.square(slope(x))))(x);
    });
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('batchNormEvaluation', () => {
  it('is the affine map of the running statistics', () => {
    const x = tf.tensor4d([5, 9], [1, 1, 1, 2]);
    const state = {
      weight: tf.tensor1d([2, 1]),
      bias: tf.tensor1d([1, 0]),
      mean: tf.tensor1d([3, 5]),
      variance: tf.tensor1d([4, 16]),
    };
    // 2·(5 − 3)/2 + 1 = 3 and (9 − 5)/4 = 1, up to ε = 1e-5.
    assertClose(batchNormEvaluation(x, state), tf.tensor4d([3, 1], [1, 1, 1, 2]), 2e-6);
  });
});
