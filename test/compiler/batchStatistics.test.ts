import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { batchNormTraining, compile } from '../../src/compiler/index.js';
import { normals } from './functions.js';

interface Given {
  readonly x: Tensor4D;
  readonly gamma: Tensor1D;
  readonly beta: Tensor1D;
  readonly weight: Tensor4D;
}
type Results = Record<string, Tensor>;

const given = (seed: number): Given => ({
  x: tf.add<Tensor4D>(normals([3, 4, 5, 16], seed), 2),
  gamma: normals([16], seed + 10) as Tensor1D,
  beta: normals([16], seed + 20) as Tensor1D,
  weight: normals([3, 4, 5, 16], seed + 30) as Tensor4D,
});

const moments = (x: Tensor) => tf.moments(x, [0, 1, 2]) as { mean: Tensor1D; variance: Tensor1D };
const total = (y: Tensor, weight: Tensor) => tf.sum(tf.mul(tf.softplus(y), weight)) as Scalar;
/** Its value is x; its gradient is 0. */
const stopped = tf.customGrad((...parameters) => ({
  value: tf.clone(parameters[0] as Tensor),
  gradFunc: (dy: Tensor) => tf.zerosLike(dy),
}));

const normalised = ({ x, gamma, beta }: Given) => {
  const { mean, variance } = moments(x);
  return tf.batchNorm(x, mean, variance, beta, gamma, 1e-5);
};

/** The gradients of a loss in x, γ and β. */
const gradients = (y: (given: Given) => Tensor, { x, gamma, beta, weight }: Given): Results => {
  const loss = (x: Tensor, gamma: Tensor, beta: Tensor) =>
    total(y({ x, gamma, beta, weight } as Given), weight);
  const { value, grads } = tf.valueAndGrads(loss)([x, gamma, beta]);
  return { value, ...Object.fromEntries(grads.map((grad, i) => [i, grad])) };
};

/** Ways to normalise by the batch's statistics, and near misses whose gradients are others. */
const functions: Record<string, (given: Given) => Results> = {
  'tf.moments and tf.batchNorm': (given) => gradients(normalised, given),
  'statistics that are returned and go into the loss': (given) => {
    const kept: Tensor[] = [];
    const results = gradients(({ x, gamma, beta }) => {
      const { mean, variance } = moments(x);
      kept.push(tf.keep(tf.mul(mean, 0.1)), tf.keep(tf.mul(variance, 0.1)));
      return tf.add(tf.batchNorm(x, mean, variance, beta, gamma), tf.add(mean, variance));
    }, given);
    return { ...results, ...Object.fromEntries(kept.map((tensor, i) => [`kept${i}`, tensor])) };
  },
  'statistics written by hand': (given) =>
    gradients(({ x, gamma, beta }) => {
      const mean = tf.mean<Tensor1D>(x, [0, 1, 2]);
      const variance = tf.mean<Tensor1D>(tf.square(tf.sub(x, mean)), [0, 1, 2]);
      return tf.batchNorm(x, mean, variance, beta, gamma);
    }, given),
  'a second derivative': (given) => ({
    dx: tf.grad((x) => tf.sum(tf.square(gradients(normalised, { ...given, x: x as Tensor4D })[0]!)))(given.x),
  }),
  'statistics from outside of the gradient': (given) => {
    const { mean, variance } = moments(given.x);
    return gradients(({ x, gamma, beta }) => tf.batchNorm(x, mean, variance, beta, gamma), given);
  },
  'statistics from another gradient': (given) => {
    const kept: Tensor1D[] = [];
    tf.grad((x) => {
      const { mean, variance } = moments(x);
      kept.push(tf.keep(mean), tf.keep(variance));
      return tf.sum(mean);
    })(given.x);
    return gradients(({ x, gamma, beta }) => tf.batchNorm(x, kept[0]!, kept[1]!, beta, gamma), given);
  },
  'statistics without a gradient': (given) =>
    gradients(({ x, gamma, beta }) => {
      const { mean, variance } = moments(stopped(x));
      return tf.batchNorm(x, mean, variance, beta, gamma);
    }, given),
  'gradients in the statistics': (given) => ({
    dx: tf.grad((x) => {
      const { mean, variance } = moments(x);
      const [dmean, dvariance] = tf.grads((mean: Tensor, variance: Tensor) =>
        total(
          tf.batchNorm(x as Tensor4D, mean as Tensor1D, variance as Tensor1D, given.beta, given.gamma),
          given.weight,
        ),
      )([mean, variance]) as [Tensor, Tensor];
      return tf.add(tf.sum(tf.square(dmean)), tf.sum(dvariance));
    })(given.x),
  }),
  'statistics of other images': (given) =>
    gradients(({ x, gamma, beta, weight }) => {
      const { mean, variance } = moments(tf.add(x, weight));
      return tf.batchNorm(x, mean, variance, beta, gamma);
    }, given),
  'a variance about another mean': (given) =>
    gradients(({ x, gamma, beta }) => {
      const mean = tf.mean<Tensor1D>(x, [0, 1, 2]);
      const variance = tf.mean<Tensor1D>(tf.square(tf.sub(x, beta)), [0, 1, 2]);
      return tf.batchNorm(x, mean, variance, beta, gamma);
    }, given),
  'a variance of whole numbers': (given) =>
    gradients(({ x, gamma, beta }) => {
      const mean = tf.mean<Tensor1D>(x, [0, 1, 2]);
      const whole = tf.cast(tf.cast(x, 'int32'), 'float32');
      const variance = tf.mean<Tensor1D>(tf.square(tf.sub(whole, mean)), [0, 1, 2]);
      return tf.batchNorm(x, mean, variance, beta, gamma);
    }, given),
  'a variance about means along the width': (given) =>
    gradients(({ x, gamma, beta }) => {
      const square = tf.slice(x, 0, [3, 4, 5, 5]);
      const mean = tf.mean<Tensor1D>(square, [0, 1, 2]);
      const moved = tf.sub(square, tf.reshape(mean, [5, 1]));
      const variance = tf.mean<Tensor1D>(tf.square(moved), [0, 1, 2]);
      const [scale, offset] = [gamma, beta].map((all) => tf.slice(all, 0, [5]) as Tensor1D);
      const y = tf.batchNorm(square as Tensor4D, mean, variance, offset, scale);
      return tf.pad(y, [...Array<[number, number]>(3).fill([0, 0]), [0, 11]]);
    }, given),
  'statistics over images and height alone': (given) =>
    gradients(({ x, gamma, beta }) => {
      const { mean, variance } = tf.moments(tf.reshape(x, [12, 1, 5, 16]), [0, 1]) as {
        mean: Tensor;
        variance: Tensor;
      };
      const row = (of: Tensor) => tf.reshape<tf.Rank.R1>(tf.slice(of, 0, [1, 16]), [16]);
      return tf.batchNorm(x, row(mean), row(variance), beta, gamma);
    }, given),
  'a scale that is made of the mean': (given) =>
    gradients(({ x, gamma, beta }) => {
      const { mean, variance } = moments(x);
      return tf.batchNorm(x, mean, variance, beta, tf.mul<Tensor1D>(gamma, mean));
    }, given),
};

const compiled = (fn: (given: Given) => Results) =>
  compile((_: object, inputs: Given) => ({ outputs: fn(inputs) }));

describe("tf.batchNorm by the batch's statistics", () => {
  for (const [name, fn] of Object.entries(functions)) {
    it(`gives what eager does: ${name}`, () => {
      const step = compiled(fn);
      for (const seed of [1, 2, 3, 4, 5]) {
        const inputs = given(seed);
        const [expected, results] = [fn(inputs), step.run(inputs)];
        assert.deepEqual(Object.keys(results), Object.keys(expected));
        for (const [key, tensor] of Object.entries(expected)) {
          const error = tf.max(tf.abs(tf.sub(results[key]!, tensor))).dataSync()[0]!;
          // Means over 60 entries in another order, 60 · 2⁻²⁴ each, four in a row at most; twice for a second derivative.
          assert.ok(error <= 3e-5 * tf.max(tf.abs(tensor)).dataSync()[0]!, `${key}: ${error}`);
        }
      }
      step.dispose();
    });
  }

  const skip = process.env.TF_ENABLE_ONEDNN_OPTS === '1' ? false : 'results are the eager ones, bit for bit';
  it('is one operation forwards and one backwards, where oneDNN rounds otherwise anyway', { skip }, () => {
    const operations = (fn: (given: Given) => Results) => {
      const step = compiled(fn);
      step.run(given(1));
      return step.graphs[0]?.operations;
    };
    const byHand = operations((all) =>
      gradients(({ x, gamma, beta }) => batchNormTraining(x, gamma, beta, 1e-5).y, all),
    );
    assert.equal(operations(functions['tf.moments and tf.batchNorm']!), byHand);
    // Reading the operation's own statistics takes a product each, one for the variance's denominator, and two outputs.
    const read = operations((all) => {
      const kept: Tensor[] = [];
      const results = gradients((given) => {
        const { mean, variance } = moments(given.x);
        kept.push(tf.keep(tf.mul(mean, 0.1)), tf.keep(tf.mul(variance, 0.1)));
        return tf.batchNorm(given.x, mean, variance, given.beta, given.gamma, 1e-5);
      }, all);
      return { ...results, mean: kept[0]!, variance: kept[1]! };
    });
    // With the two numbers that are multiplied by.
    assert.equal(read, (byHand ?? NaN) + 3 + 2 + 2);
  });
});
