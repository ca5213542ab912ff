import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { liveNodes } from '../../src/compiler/graph.js';
import { compile, constants } from '../../src/compiler/index.js';
import { nodeBackend } from '../../src/compiler/native.js';
import { hasWinograd, withWinograd } from '../../src/compiler/passes/winograd.js';
import { integers, same } from './passes/convolving.js';
import { bits, normals } from './functions.js';
import { recorded, weightsOf } from './passes/norms.js';

const skip = hasWinograd(nodeBackend().binding, 'float32') ? false : "no convolution goes Winograd's way";

const odd = [NaN, Infinity, -Infinity, -0, 0, 1e-45, -1e-40, 3e38, -3e38, 1, -1, 2.5];
/** All pairs of odd values: those of x in rows, those of dy in columns. */
const pairs = (pick: (row: number, column: number) => number) =>
  tf.tensor2d(odd.map((_, row) => odd.map((_, column) => odd[pick(row, column)] ?? NaN)));

const slope = (x: Tensor, dy: Tensor) => tf.grad((x) => tf.relu(x))(x, dy);
const functions: Record<string, (x: Tensor, dy: Tensor) => Tensor> = {
  'a gradient': slope,
  'its gradient in what it is multiplied by': (x, dy) => tf.grad((dy) => tf.square(slope(x, dy)))(dy),
  'its gradient in x, which is 0': (x, dy) => tf.grad((x) => slope(x, dy))(x),
  // Not of x itself: at infinity tfjs multiplies the step's gradient, 0, by it.
  'a third derivative': (x) => {
    const first = (x: Tensor) => tf.grad((x) => tf.sum(tf.pow(tf.relu(x), 4)) as Scalar)(x);
    return tf.grad((x) => tf.sum(tf.square(tf.grad((x) => tf.sum(tf.square(first(x))))(x))))(
      tf.clipByValue(x, -9, 9),
    );
  },
  'the gradient of one after another': (x) => tf.grad((x) => tf.square(tf.relu(tf.sub(tf.relu(x), 0.3))))(x),
};

describe('the gradient of tf.relu', () => {
  for (const [name, fn] of Object.entries(functions)) {
    it(`equals eager bit for bit, at NaN and infinity too: ${name}`, () => {
      const step = compile((_: object, { x, dy }: { x: Tensor; dy: Tensor }) => ({
        outputs: { y: fn(x, dy) },
      }));
      const special = { x: pairs((row) => row), dy: pairs((_, column) => column) };
      for (const inputs of [special, { x: normals([3, 5], 1), dy: normals([3, 5], 2) }])
        assert.equal(bits(step.run(inputs).y), bits(fn(inputs.x, inputs.dy)));
      step.dispose();
    });
  }

  it("leaves the ReLU to the convolution before it, where that goes Winograd's way", { skip }, () => {
    const state = constants({ filter: normals([3, 3, 8, 8], 1) as Tensor4D, bias: normals([8], 2) });
    const operations = (takesGradient: boolean) => {
      const step = compile(
        ({ filter, bias }: { filter: Tensor4D; bias: Tensor }, { x }: { x: Tensor4D }) => {
          const convolve = (x: Tensor) => tf.relu(tf.add(tf.conv2d(x as Tensor4D, filter, 1, 'same'), bias));
          const { value, grad } = tf.valueAndGrad((x: Tensor) => tf.sum(convolve(x)))(x);
          return { outputs: takesGradient ? { value, grad } : { value } };
        },
        { state, inputs: { x: tf.zeros<tf.Rank.R4>([1, 4, 4, 8]) } },
      );
      return step.graphs[0]?.operations ?? NaN;
    };
    // dy of the sum (two Fill with their shapes and values, and Mul), ReluGrad, IsNan, Select; the convolution's gradient with the
    // shape of the images; an output.
    const difference = operations(true) - operations(false);
    assert.equal(difference, 14);
  });

  it('is left to the gradient of the convolution after it, NaN and all', { skip }, () => {
    const back = ({ filter }: { filter: Tensor4D }, { x }: { x: Tensor4D }) => ({
      outputs: { dx: tf.grad((x) => tf.conv2d(tf.relu(x) as Tensor4D, filter, 1, 'same'))(x, tf.abs(x)) },
    });
    const graph = withWinograd(recorded(back));
    const live = liveNodes(graph);
    const operations = graph.nodes.flatMap((node, i) =>
      live[i] && node.kind === 'operation' ? node.op : [],
    );
    assert.deepEqual(operations, ['Abs', 'Relu', 'RoarbookWinogradGradient']);
    const weights = weightsOf(16, 1, integers);
    const entries = integers([8, 8, 8, 16], 7);
    const x = tf.where(tf.greater(entries, 3), NaN, entries) as Tensor4D;
    const also = integers(x.shape, 8);
    const state = constants(weights);
    const step = compile(
      ({ filter }: { filter: Tensor4D }, { x, also }: { x: Tensor4D; also: Tensor }) => ({
        outputs: { dx: tf.grad((x) => tf.conv2d(tf.relu(x) as Tensor4D, filter, 1, 'same'))(x, also) },
      }),
      { state },
    );
    const expected = tf.grad((x) => tf.conv2d(tf.relu(x) as Tensor4D, weights.filter, 1, 'same'))(x, also);
    same(step.run({ x, also }).dx, expected, 'gradient');
    step.dispose();
    state.dispose();
  });
});
