import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { oneHot } from '../../src/models/inputGradient.js';
import { crossEntropy, entropy } from '../../src/training/loss.js';

describe('crossEntropy', () => {
  it('is log K for equal logits, at any height', () => {
    const logits = tf.fill<tf.Rank.R2>([2, 4], 1e4);
    const targets = oneHot(tf.tensor1d([0, 3], 'int32'), logits);
    const loss = crossEntropy(logits, targets).dataSync()[0] ?? NaN;
    assert.ok(Math.abs(loss - Math.log(4)) < 1e-6);
  });

  it('has the gradient (softmax − target)/N', () => {
    // softmax(0, log 3) = (1/4, 3/4); the second row weighs its classes 0.5 each.
    const logits = tf.tensor2d([
      [0, Math.log(3)],
      [0, 0],
    ]);
    const targets = tf.tensor2d([
      [1, 0],
      [0.5, 0.5],
    ]);
    const gradient = tf
      .grad((z: Tensor) => crossEntropy(z as Tensor2D, targets))(logits)
      .dataSync();
    [-0.375, 0.375, 0, 0].forEach((expected, i) =>
      assert.ok(Math.abs((gradient[i] ?? NaN) - expected) < 1e-6),
    );
  });

  it('has the right second derivative: the softmax covariance', () => {
    // ∂/∂z₀ of (p₀ − 1) is p₀(1 − p₀) = 3/16 at p₀ = 1/4.
    const logits = tf.tensor2d([[0, Math.log(3)]]);
    const targets = tf.tensor2d([[1, 0]]);
    const slope = (z: Tensor) =>
      tf.sum(tf.slice(tf.grad((z: Tensor) => crossEntropy(z as Tensor2D, targets))(z), [0, 0], [1, 1]));
    const second = tf.grad(slope)(logits).dataSync();
    assert.ok(Math.abs((second[0] ?? NaN) - 3 / 16) < 1e-6 && Math.abs((second[1] ?? NaN) + 3 / 16) < 1e-6);
  });
});

describe('entropy', () => {
  it('is log K for the uniform distribution and 0 for a certain one', () => {
    assert.ok(Math.abs((entropy(tf.fill([3, 8], 1 / 8)).dataSync()[0] ?? NaN) - Math.log(8)) < 1e-6);
    assert.equal(Math.abs(entropy(tf.tensor2d([[1, 0]])).dataSync()[0] ?? NaN), 0);
  });
});
