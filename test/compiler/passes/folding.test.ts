import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { folded } from '../../../src/compiler/passes/folding.js';
import { liveNodes } from '../../../src/compiler/graph.js';
import { hoisted } from '../../../src/compiler/passes/hoisting.js';
import { compile, constants, variables } from '../../../src/compiler/index.js';
import { integers, same } from './convolving.js';
import { bits, largest, normals } from '../functions.js';
import {
  both,
  convolutions,
  convolve,
  norms,
  onImages,
  recorded,
  root,
  unfoldable,
  weightsOf,
} from './norms.js';
import type { Inputs, Recorded, Weights } from './norms.js';

function run(weights: Weights, inputs: Inputs, step: ReturnType<typeof both>, stateOf: typeof constants) {
  const state = stateOf(weights);
  const compiled = compile<typeof state, Inputs, { y: Tensor; dx: Tensor }>(step, { state });
  const results = compiled.run(inputs);
  compiled.dispose();
  state.dispose();
  return results;
}

describe('a convolution with a fixed norm', () => {
  for (const [name, norm] of Object.entries(norms)) {
    it(`is the eager one, to the last bit where nothing is rounded: ${name}`, () => {
      const weights = weightsOf(16, 1, integers);
      for (const [kind, convolve] of Object.entries(convolutions)) {
        const x = integers([4, 6, 8, 16], 6) as Tensor4D;
        const also = integers(convolve(x, weights.filter).shape, 7);
        const step = both(norm, convolve);
        const { y, dx } = step(weights, { x, also }).outputs;
        for (const stateOf of [constants, variables]) {
          const results = run(weights, { x, also }, step, stateOf);
          same(results.y, y, kind);
          same(results.dx, dx, `${kind}, gradient`);
        }
      }
    });

    // With n terms, each sum differs from the exact one by (n + 1) · 2⁻²⁴ of the sum of the absolute values of its terms, eagerly and in
    // the step. A factor of three operations, a product with it and what is subtracted and added take 16 more; Winograd's way
    // (channels in whole blocks) takes 81 · (C + 9) for the step's n.
    it(`rounds within its bound: ${name}`, () => {
      for (const [channels, terms] of [
        [6, 9 * 6],
        [16, 81 * 25],
      ] as const) {
        for (const seed of [1, 2, 3]) {
          const weights = weightsOf(channels, 10 * seed);
          const x = normals([5, 7, 6, channels], seed) as Tensor4D;
          const also = normals(x.shape, seed + 5);
          const step = both(norm);
          const { y, dx } = step(weights, { x, also }).outputs;
          const { filter, mean, variance, offset, scale } = weights;
          const factor = tf.abs(tf.div(scale, root(variance)));
          const filters = tf.mul(tf.abs(filter), factor);
          const products = largest(x) * 9 * channels * largest(filters);
          const vectors = (largest(mean) + largest(offset) + 1) * (largest(factor) + 1) + largest(offset);
          const gradients = largest(also) * 9 * channels * largest(filters);
          for (const stateOf of [constants, variables]) {
            const results = run(weights, { x, also }, step, stateOf);
            const bound = (terms + 9 * channels + 18) * 2 ** -24;
            for (const [got, expected, size] of [
              [results.y, y, products + vectors],
              [results.dx, dx, gradients],
            ] as const) {
              const error = largest(tf.sub(got, expected));
              assert.ok(error < bound * size, `${error} ${bound * size}`);
            }
          }
        }
      }
    });
  }

  it('is what eager makes of statistics without a finite factor', () => {
    const weights = weightsOf(16, 1);
    const x = normals([2, 4, 4, 16], 2) as Tensor4D;
    const inputs = { x, also: normals(x.shape, 3) };
    const step = both((x, { mean, variance, offset, scale }) =>
      tf.relu(tf.batchNorm(x, mean, variance, offset, scale, 0)),
    );
    for (const value of [0, NaN, -1, Infinity]) {
      const odd = { ...weights, variance: tf.concat1d([tf.tensor1d([value]), tf.ones([15])]) };
      const expected = step(odd, inputs).outputs;
      const results = run(odd, inputs, step, constants);
      for (const key of ['y', 'dx'] as const) {
        const finite = (tensor: Tensor) => bits(tf.isFinite(tensor));
        assert.equal(finite(results[key]), finite(expected[key]), `${key} of ${value}`);
        assert.equal(bits(tf.isNaN(results[key])), bits(tf.isNaN(expected[key])), `${key} of ${value}`);
      }
    }
  });

  const factors: Record<string, { fn: Recorded; operations: string[] }> = {
    'what is used as well': {
      fn: ({ filter, scale, offset }, { x }) => {
        const once = tf.mul(convolve(x, filter), scale);
        return { outputs: { once, twice: tf.add(tf.add(tf.mul(once, scale), offset), offset) } };
      },
      operations: ['Conv2D', 'Mul', 'Add', 'Add'],
    },
    'the images of a convolution': {
      fn: ({ filter, scale }, { x }) => ({ outputs: { y: convolve(tf.mul(x, scale), filter) } }),
      operations: ['Conv2D'],
    },
    'what a convolution takes and what it gives': {
      fn: ({ filter, scale, offset }, { x }) => ({
        outputs: { y: tf.mul(convolve(tf.mul(x, scale), filter), offset) },
      }),
      operations: ['Conv2D'],
    },
    'the filters of a convolution': {
      fn: ({ filter, scale }, { x }) => ({ outputs: { y: convolve(x, tf.mul(filter, scale)) } }),
      operations: ['Conv2D'],
    },
    'what is cut to whole numbers': {
      fn: ({ filter, scale }, { x }) => ({
        outputs: { y: tf.cast(tf.mul(convolve(x, filter), tf.div(scale, 8)), 'int32') },
      }),
      operations: ['Conv2D'],
    },
  };
  for (const [name, { fn, operations }] of Object.entries(factors))
    it(`takes factors for what they are: ${name}`, () => {
      const weights = weightsOf(16, 1, integers);
      const x = integers([8, 8, 8, 16], 2) as Tensor4D;
      const expected = fn(weights, { x }).outputs;
      for (const stateOf of [constants, variables]) {
        assert.deepEqual(onImages(folded(recorded(fn, { stateOf }))), operations);
        const state = stateOf(weights);
        const step = compile<typeof state, { x: Tensor4D }, Record<string, Tensor>>(fn, { state });
        const results = step.run({ x });
        for (const [key, tensor] of Object.entries(expected)) same(results[key]!, tensor, key);
        step.dispose();
        state.dispose();
      }
    });

  it('follows variables that are set', () => {
    const [before, after] = [weightsOf(16, 1, integers), weightsOf(16, 20, integers)];
    const x = integers([4, 6, 8, 16], 2) as Tensor4D;
    const also = integers(x.shape, 3);
    const state = variables(before);
    const step = both(norms['one factor']!);
    const compiled = compile<typeof state, Inputs, { y: Tensor; dx: Tensor }>(step, { state });
    for (const weights of [before, after]) {
      state.set(weights);
      const results = compiled.run({ x, also });
      const expected = step(weights, { x, also }).outputs;
      same(results.y, expected.y, 'result');
      same(results.dx, expected.dx, 'gradient');
    }
    compiled.dispose();
    state.dispose();
  });
});

describe('folded', () => {
  for (const [name, norm] of Object.entries(norms)) {
    it(`leaves of a norm a sum of a constant, and of its gradient nothing: ${name}`, () => {
      const forward: Recorded = (weights, { x }) => ({
        outputs: { y: tf.relu(norm(convolve(x, weights.filter), weights)) },
      });
      const back: Recorded = (weights, { x }) => ({
        outputs: { dx: tf.grad((x) => norm(convolve(x as Tensor4D, weights.filter), weights))(x, x) },
      });
      for (const stateOf of [constants, variables]) {
        assert.deepEqual(onImages(folded(recorded(forward, { stateOf }))), ['Conv2D', 'Add', 'Relu']);
        assert.deepEqual(onImages(folded(recorded(back, { stateOf }))), ['Conv2DBackpropInput']);
      }
      const { graph, once } = hoisted(folded(recorded(forward)));
      // Filters and bias.
      assert.equal(once.outputs.length, 2);
      const live = liveNodes(graph);
      const kinds = graph.nodes.filter((_, index) => live[index]).map((node) => node.kind);
      assert.deepEqual(kinds.sort(), [
        'computed',
        'computed',
        'input',
        'operation',
        'operation',
        'operation',
      ]);
    });
  }

  it('multiplies the filters of a convolution and of its gradient once', () => {
    for (const [name, norm] of Object.entries(norms)) {
      // Of these, tfjs's gradient multiplies by two rows what it multiplied by their product.
      if (name === 'tf.batchNorm by rows') continue;
      const forwardAndBack: Recorded = (weights, { x }) => {
        const forward = (x: Tensor) => norm(convolve(x as Tensor4D, weights.filter), weights);
        return { outputs: { y: forward(x), dx: tf.grad(forward)(x, x) } };
      };
      assert.equal(hoisted(folded(recorded(forwardAndBack))).once.outputs.length, 2);
    }
  });

  for (const [name, fn] of Object.entries(unfoldable)) {
    it(`leaves a norm as it is ${name}`, () => {
      const shape = name.includes('first')
        ? [4, 16, 8, 8]
        : name.includes('as long')
          ? [4, 8, 16, 16]
          : undefined;
      const graph = recorded(fn, shape && { shape });
      assert.deepEqual(onImages(folded(graph)), onImages(graph));
    });
  }

  it('leaves a norm as it is where the filters change and are larger than the images', () => {
    const fn: Recorded = (weights, { x }) => ({
      outputs: { y: norms['tf.batchNorm']!(convolve(x, weights.filter), weights) },
    });
    const shape = [1, 4, 4, 16];
    const kept = onImages(folded(recorded(fn, { shape, stateOf: variables })));
    assert.deepEqual(kept, ['Conv2D', 'FusedBatchNorm']);
    assert.deepEqual(onImages(folded(recorded(fn, { shape }))), ['Conv2D', 'Add']);
  });

  it('makes a norm that stays operations of a chain, with its infinity and NaN', () => {
    const alone = (weights: Weights, { x }: { x: Tensor4D }) => ({
      outputs: { y: tf.batchNorm(x, weights.mean, weights.variance, weights.offset, weights.scale, 0) },
    });
    assert.deepEqual(onImages(folded(recorded(alone), { splits: true })), ['Sub', 'Mul', 'Add']);
    const weights = weightsOf(16, 1);
    const x = normals([8, 8, 8, 16], 2) as Tensor4D;
    for (const value of [0, NaN, -1, Infinity, 2]) {
      const odd = { ...weights, variance: tf.concat1d([tf.tensor1d([value]), tf.ones([15])]) };
      const step = compile(alone, { state: odd });
      const [y, expected] = [step.run({ x }).y, alone(odd, { x }).outputs.y];
      step.dispose();
      // Eagerly as well it is a difference, a product with 1/√(σ² + ε)·γ, which may differ by 2⁻²², and a sum.
      const bound = tf.mul(tf.add(tf.abs(expected), tf.add(tf.abs(odd.offset), tf.abs(odd.mean))), 2 ** -21);
      const isNear = tf.lessEqual(tf.abs(tf.sub(y, expected)), bound);
      const areOdd = tf.logicalAnd(tf.isNaN(y), tf.isNaN(expected));
      assert.ok(
        tf.all(tf.logicalOr(tf.logicalOr(isNear, areOdd), tf.equal(y, expected))).dataSync()[0],
        `${value}`,
      );
    }
  });

  it('leaves what follows no convolution as it is, with the digits that a large mean would take from one sum', () => {
    const byHand = (weights: Weights, { x }: { x: Tensor4D }) => ({
      outputs: { y: norms['difference, quotient, product, sum']!(x, weights) },
    });
    assert.deepEqual(onImages(folded(recorded(byHand))), ['Sub', 'RealDiv', 'Mul', 'Add']);
    const weights = { ...weightsOf(16, 1), mean: tf.fill([16], 1e4) as Tensor1D };
    const x = tf.add<Tensor4D>(normals([4, 8, 8, 16], 2), 1e4);
    for (const stateOf of [constants, variables]) {
      const state = stateOf(weights);
      const step = compile<typeof state, { x: Tensor4D }, { y: Tensor }>(byHand, { state });
      assert.equal(bits(step.run({ x }).y), bits(byHand(weights, { x }).outputs.y));
      step.dispose();
      state.dispose();
    }
  });
});
