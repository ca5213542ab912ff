import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { sgd, type SgdState } from '../../src/training/optimizer.js';

function descend(
  steps: number,
  options: { momentum: number; weightDecay: number },
  gradient: (p: number) => number,
): number {
  let state: SgdState = { params: { p: tf.scalar(1) }, momentum: { p: tf.scalar(0) } };
  for (let i = 0; i < steps; i++) {
    const value = state.params['p']?.dataSync()[0] ?? NaN;
    state = sgd(state, { p: tf.scalar(gradient(value)) }, { ...options, learningRate: tf.scalar(0.1) });
  }
  return state.params['p']?.dataSync()[0] ?? NaN;
}

describe('sgd', () => {
  it('follows the closed form of momentum under a constant gradient', () => {
    // v after k steps is (1 − μᵏ)/(1 − μ), so p after n steps is 1 − η·(n − μ(1 − μⁿ)/(1 − μ))/(1 − μ).
    const [mu, n, rate] = [0.9, 7, 0.1];
    const expected = 1 - (rate * (n - (mu * (1 - mu ** n)) / (1 - mu))) / (1 - mu);
    const got = descend(n, { momentum: mu, weightDecay: 0 }, () => 1);
    // Values of about 2 and seven roundings of at most 2^-24 relative each.
    assert.ok(Math.abs(got - expected) < 1e-6, `${got} for ${expected}`);
  });

  it('shrinks a parameter by 1 − learningRate · weightDecay where the gradient is 0', () => {
    const got = descend(10, { momentum: 0, weightDecay: 0.5 }, () => 0);
    assert.ok(Math.abs(got - 0.95 ** 10) < 1e-6);
  });

  it('adds the decay to the gradient before the momentum, as PyTorch does', () => {
    // Worked out: g = 0.5·p. p = 1, v = 0.5, p = 0.95; v = 0.9·0.5 + 0.5·0.95 = 0.925, p = 0.95 − 0.0925.
    assert.ok(Math.abs(descend(2, { momentum: 0.9, weightDecay: 0.5 }, () => 0) - 0.8575) < 1e-6);
  });
});
