import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile } from '../../../src/compiler/index.js';
import { bits, normals } from '../functions.js';

interface Weights {
  readonly p: Tensor;
  readonly v: Tensor;
}
interface Fed {
  readonly x: Tensor;
  readonly rate: Tensor;
}
type Train = (state: Weights, inputs: Fed) => { state: Weights; outputs: Record<string, Tensor> };

const gradient = (p: Tensor, x: Tensor) =>
  tf.grad((p) => tf.sum(tf.softplus(tf.matMul(x as Tensor2D, p as Tensor2D))) as Scalar)(p);

/** Ways to write descent with momentum, and near misses whose extra uses must survive. */
const trainings: Record<string, Train> = {
  "PyTorch's form with weight decay": ({ p, v }, { x, rate }) => {
    const moved = tf.add(tf.mul(v, 0.9), tf.add(gradient(p, x), tf.mul(p, 5e-4)));
    return { state: { p: tf.sub(p, tf.mul(moved, rate)), v: moved }, outputs: { old: p } };
  },
  'operands in the other order': ({ p, v }, { x, rate }) => {
    const moved = tf.add(gradient(p, x), tf.mul(0.9, v));
    return { state: { p: tf.sub(p, tf.mul(rate, moved)), v: moved }, outputs: {} };
  },
  'new values that are returned as well': ({ p, v }, { x, rate }) => {
    const moved = tf.add(tf.mul(v, 0.9), gradient(p, x));
    const next = tf.sub(p, tf.mul(moved, rate));
    return { state: { p: next, v: moved }, outputs: { next, moved } };
  },
  "Nesterov's form": ({ p, v }, { x, rate }) => {
    const g = gradient(p, x);
    const moved = tf.add(tf.mul(v, 0.9), g);
    return {
      state: { p: tf.sub(p, tf.mul(tf.add(g, tf.mul(moved, 0.9)), rate)), v: moved },
      outputs: { g },
    };
  },
  'a rate for each row': ({ p, v }, { x, rate }) => {
    const moved = tf.add(tf.mul(v, 0.9), gradient(p, x));
    const rates = tf.mul(rate, tf.ones([6, 1]));
    return { state: { p: tf.sub(p, tf.mul(moved, rates)), v: moved }, outputs: {} };
  },
};

describe('descent with momentum', () => {
  for (const [name, train] of Object.entries(trainings)) {
    it(`equals eager bit for bit over 5 steps: ${name}`, () => {
      let state: Weights = { p: normals([6, 5], 1), v: normals([6, 5], 2) };
      const step = compile(train, { state });
      for (let i = 0; i < 5; i++) {
        const inputs = { x: normals([4, 6], 10 + i), rate: tf.scalar(0.1 / (i + 1)) };
        const held = step.state.get();
        const before = bits(held.p);
        const [eager, compiled] = [train(state, inputs), step.run(inputs)];
        state = eager.state;
        // What was read earlier keeps its values although the variable is updated in place.
        assert.equal(bits(held.p), before);
        const now = step.state.get();
        assert.deepEqual([bits(now.p), bits(now.v)], [bits(state.p), bits(state.v)]);
        for (const [key, tensor] of Object.entries(eager.outputs)) {
          assert.equal(bits(compiled[key] ?? tf.scalar(0)), bits(tensor));
        }
      }
      step.dispose();
    });
  }

  it('is one operation in place of four and two assignments', () => {
    const operations = (train: Train) => {
      const step = compile(train, {
        state: { p: tf.zeros([6, 5]), v: tf.zeros([6, 5]) },
        inputs: { x: tf.zeros([4, 6]), rate: 0.1 },
      });
      const count = step.graphs[0]?.operations ?? NaN;
      step.dispose();
      return count;
    };
    const [fused, apart] = ['operands in the other order', 'new values that are returned as well'].map(
      (name) => operations(trainings[name] ?? assert.fail(name)),
    );
    // Add, two Mul, Sub, two AssignVariableOp and the reading of v against one; the second has two outputs besides.
    assert.equal((apart ?? NaN) - (fused ?? NaN), 7 - 1 + 2);
  });

  it('leaves the backward pass as few operations as gradients that are returned', () => {
    const operations = (descends: boolean, activate: (x: Tensor4D) => Tensor4D) => {
      const filters = { a: normals([3, 3, 8, 8], 1) as Tensor4D, b: normals([3, 3, 8, 8], 2) as Tensor4D };
      const loss = (x: Tensor4D) => (a: Tensor, b: Tensor) => {
        const hidden = activate(tf.conv2d(x, a as Tensor4D, 1, 'same'));
        return tf.sum(tf.conv2d(hidden, b as Tensor4D, 1, 'same')) as Scalar;
      };
      const step = compile(
        ({ filters, velocity }, { x }: { x: Tensor4D }) => {
          const [a, b] = tf.grads(loss(x))([filters.a, filters.b]) as [Tensor4D, Tensor4D];
          if (!descends) return { outputs: { a, b } };
          const moved = { a: tf.add(tf.mul(velocity.a, 0.9), a), b: tf.add(tf.mul(velocity.b, 0.9), b) };
          const next = {
            a: tf.sub(filters.a, tf.mul(moved.a, 0.1)),
            b: tf.sub(filters.b, tf.mul(moved.b, 0.1)),
          };
          return { state: { filters: next, velocity: moved } };
        },
        {
          state: { filters, velocity: filters },
          inputs: { x: normals([4, 8, 8, 8], 3) as Tensor4D },
        },
      );
      const count = step.graphs[0]?.operations ?? NaN;
      step.dispose();
      return count;
    };
    const ofReLU = (descends: boolean) => operations(descends, tf.relu) - operations(descends, (x) => x);
    assert.equal(ofReLU(true), ofReLU(false));
  });
});
