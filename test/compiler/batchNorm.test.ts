import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { batchNormTraining, compile } from '../../src/compiler/index.js';
import { bits, normals } from './functions.js';

const epsilon = 1e-3;

/** The definition, from operations whose derivatives of all orders tfjs has right. */
function primitive(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, [0, 1, 2]));
  const variance = tf.mean(tf.square(centred), [0, 1, 2]);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
}
const fused = (x: Tensor, gamma: Tensor, beta: Tensor) => batchNormTraining(x, gamma, beta, epsilon).y;

type Normalise = typeof primitive;
const sum = (x: Tensor) => tf.sum(x) as Scalar;

/** A loss that is not invariant under normalisation, and curved in its output. */
const loss = (normalise: Normalise, weight: Tensor) => (x: Tensor, gamma: Tensor, beta: Tensor) =>
  sum(tf.mul(weight, tf.softplus(normalise(x, gamma, beta))));

/** ‖∂loss/∂x‖² + Σ (∂loss/∂γ)³ + Σ ∂loss/∂β·∂loss/∂γ: each part of the gradient, differentiated again. */
const gradientLoss = (normalise: Normalise, weight: Tensor) => (x: Tensor, gamma: Tensor, beta: Tensor) => {
  const [dx = x, dgamma = gamma, dbeta = beta] = tf.grads(loss(normalise, weight))([x, gamma, beta]);
  return tf.addN([
    sum(tf.square(dx)),
    sum(tf.mul(tf.square(dgamma), dgamma)),
    sum(tf.mul(dbeta, dgamma)),
  ]) as Scalar;
};

const inputs = (seed: number) => ({
  x: tf.add(tf.mul(normals([3, 4, 4, 2], seed), 2), 0.5),
  gamma: normals([2], seed + 1000),
  beta: normals([2], seed + 2000),
  weight: normals([3, 4, 4, 2], seed + 3000),
});

/** The largest difference of any entry, over the largest entry. */
function difference(a: Tensor, b: Tensor): number {
  return tf.tidy(() => {
    const far = tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN;
    const scale = tf.max(tf.abs(b)).dataSync()[0] ?? NaN;
    return far / scale;
  });
}

describe('batchNormTraining', () => {
  for (const seed of [1, 2, 3]) {
    it(`equals its definition with first and second derivatives, seed ${seed}`, () => {
      tf.tidy(() => {
        const { x, gamma, beta, weight } = inputs(seed);
        // Sums over 48 float32 entries: 48 · 2⁻²⁴ ≈ 3e-6 each; the second derivative passes five such sums.
        assert.ok(difference(fused(x, gamma, beta), primitive(x, gamma, beta)) < 3e-6);
        for (const [order, tolerance, of] of [
          ['first', 1e-5, loss],
          ['second', 3e-5, gradientLoss],
        ] as const) {
          const exact = tf.grads(of(primitive, weight))([x, gamma, beta]);
          const quick = tf.grads(of(fused, weight))([x, gamma, beta]);
          for (const [i, name] of ['x', 'gamma', 'beta'].entries()) {
            const [a, b] = [quick[i], exact[i]];
            assert.ok(a && b);
            const far = difference(a, b);
            assert.ok(far < tolerance, `${order} derivative in ${name}: ${far}`);
          }
        }
      });
    });
  }

  it('has third derivatives', () => {
    tf.tidy(() => {
      const { x, gamma, beta, weight } = inputs(4);
      const third = (normalise: Normalise) =>
        tf.grad((x: Tensor) =>
          sum(tf.square(tf.grad((x: Tensor) => gradientLoss(normalise, weight)(x, gamma, beta))(x))),
        )(x);
      assert.ok(difference(third(fused), third(primitive)) < 1e-4);
    });
  });

  it('returns the mean and the unbiased variance of the batch', () => {
    tf.tidy(() => {
      // 2 and 6: mean 4, sum of squares about it 8 over N − 1 = 1.
      const x = tf.tensor4d([2, 6], [2, 1, 1, 1]);
      const { mean, variance } = batchNormTraining(x, tf.ones([1]), tf.zeros([1]));
      assert.deepEqual([...mean.dataSync(), ...variance.dataSync()], [4, 8]);
    });
  });

  it('equals eager bit for bit when compiled, with second derivatives', () => {
    const step = compile((_: object, { x, gamma, beta, weight }: ReturnType<typeof inputs>) => {
      const [dx = x] = tf.grads(gradientLoss(fused, weight))([x, gamma, beta]);
      return { outputs: { dx, y: fused(x, gamma, beta) } };
    });
    for (const seed of [1, 2, 3]) {
      tf.tidy(() => {
        const given = inputs(seed);
        const { dx, y } = step.run(given);
        const [eager = dx] = tf.grads(gradientLoss(fused, given.weight))([given.x, given.gamma, given.beta]);
        assert.equal(bits(dx), bits(eager));
        assert.equal(bits(y), bits(fused(given.x, given.gamma, given.beta)));
      });
    }
    step.dispose();
  });

  it('leaves only its results behind', () => {
    const x = normals([3, 4, 4, 2], 1);
    const gamma = normals([2], 2);
    const before = tf.memory().numTensors;
    const result = batchNormTraining(x, gamma, gamma);
    assert.equal(tf.memory().numTensors, before + 3);
    tf.dispose({ ...result });
    tf.dispose(tf.grad((x: Tensor) => sum(tf.square(batchNormTraining(x, gamma, gamma).y)))(x));
    assert.equal(tf.memory().numTensors, before);
    tf.dispose([x, gamma]);
  });

  it('refuses other ranks', () => {
    assert.throws(() => batchNormTraining(tf.zeros([2, 3]), tf.ones([3]), tf.zeros([3])), {
      name: 'ArgumentError',
      message: 'batchNormTraining: x must be [N, H, W, C], got [2, 3]; reshape it',
    });
  });
});
