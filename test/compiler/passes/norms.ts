import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { liveNodes, type Graph } from '../../../src/compiler/graph.js';
import { constants } from '../../../src/compiler/index.js';
import { dtypes, nodeBackend } from '../../../src/compiler/native.js';
import { record } from '../../../src/compiler/record.js';
import { integers } from './convolving.js';
import { normals } from '../functions.js';

/** A convolution's filter and a fixed norm of its result. */
export interface Weights {
  filter: Tensor4D;
  mean: Tensor1D;
  variance: Tensor1D;
  offset: Tensor1D;
  scale: Tensor1D;
}
export type Norm = (x: Tensor4D, weights: Weights) => Tensor;

const epsilon = 2 ** -10;
export const root = (variance: Tensor) => tf.sqrt(tf.add(variance, epsilon));
const row = (vector: Tensor) => tf.reshape(vector, [1, 1, 1, vector.size]);

/** A fixed batch norm as people write it. */
export const norms: Record<string, Norm> = {
  'tf.batchNorm': (x, { mean, variance, offset, scale }) =>
    tf.batchNorm(x, mean, variance, offset, scale, epsilon),
  'tf.batchNorm by rows': (x, { mean, variance, offset, scale }) =>
    tf.batchNorm(x, ...([mean, variance, offset, scale].map(row) as Four), epsilon),
  'difference, quotient, product, sum': (x, { mean, variance, offset, scale }) =>
    tf.add(tf.mul(tf.div(tf.sub(x, mean), root(variance)), scale), offset),
  'the other way round': (x, { mean, variance, offset, scale }) =>
    tf.add(offset, tf.mul(scale, tf.div(tf.sub(x, mean), root(variance)))),
  'one factor': (x, { mean, variance, offset, scale }) =>
    tf.add(tf.mul(tf.sub(x, mean), tf.div(scale, root(variance))), offset),
  'a factor and a sum of their own': (x, { mean, variance, offset, scale }) => {
    const factor = tf.div(scale, root(variance));
    return tf.add(tf.mul(x, factor), tf.sub(offset, tf.mul(mean, factor)));
  },
  'rows, after a bias and a number': (x, { mean, variance, offset, scale }) =>
    tf.add(
      tf.div(tf.mul(tf.sub(tf.add(tf.div(x, 2), offset), row(mean)), row(scale)), row(root(variance))),
      1,
    ),
};
type Four = [Tensor4D, Tensor4D, Tensor4D, Tensor4D];

/** Convolutions that a norm follows. */
export const convolutions: Record<string, (x: Tensor4D, filter: Tensor4D) => Tensor4D> = {
  'stride 1': (x, filter) => tf.conv2d(x, filter, 1, 'same'),
  'stride 2, padded': (x, filter) =>
    tf.conv2d(
      tf.pad(x, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]) as Tensor4D,
      filter,
      2,
      'valid',
    ),
  transposed: (x, filter) => {
    const [images, height, width] = x.shape;
    return tf.conv2dTranspose(x, filter, [images, 2 * height, 2 * width, filter.shape[2]], 2, 'same');
  },
};

/** Drawn from a seed. */
export const weightsOf = (channels: number, seed: number, draw = normals): Weights => ({
  filter: draw([3, 3, channels, channels], seed) as Tensor4D,
  mean: draw([channels], seed + 1) as Tensor1D,
  // Of 4ⁿ less ε, the square root is 2ⁿ.
  variance: tf.sub(tf.pow(4, tf.clipByValue(integers([channels], seed + 2), -2, 2)), epsilon),
  offset: draw([channels], seed + 3) as Tensor1D,
  scale: draw([channels], seed + 4) as Tensor1D,
});

export const convolve = convolutions['stride 1']!;

export interface Inputs {
  x: Tensor4D;
  also: Tensor;
}
/** The norm of a convolution, and the gradient in x of its sum times a cotangent. */
export const both =
  (norm: Norm, convolution = convolve) =>
  (weights: Weights, { x, also }: Inputs) => {
    const forward = (x: Tensor) => norm(convolution(x as Tensor4D, weights.filter), weights);
    return { outputs: { y: forward(x), dx: tf.grad((x) => tf.sum(tf.mul(forward(x), also)))(x) } };
  };

export type Recorded = (weights: Weights, inputs: { x: Tensor4D }) => { outputs: Record<string, Tensor> };

/** Norms, by what is in the way of folding them. */
export const unfoldable: Record<string, Recorded> = {
  'of which another operation uses the convolution': (weights, { x }) => {
    const convolved = convolve(x, weights.filter);
    return { outputs: { y: norms['tf.batchNorm']!(convolved, weights), also: tf.relu(convolved) } };
  },
  'of which the convolution is an output': (weights, { x }) => {
    const convolved = convolve(x, weights.filter);
    return { outputs: { y: tf.mul(convolved, weights.scale), convolved } };
  },
  "by the batch's own statistics": ({ filter, offset, scale }, { x }) => {
    const convolved = convolve(x, filter);
    const { mean, variance } = tf.moments(convolved, [0, 1, 2]);
    return { outputs: { y: tf.batchNorm(convolved, mean, variance, offset, scale) } };
  },
  'after a convolution by channels': ({ filter, ...weights }, { x }) => {
    const each = tf.slice(filter, 0, [3, 3, 16, 1]);
    return {
      outputs: {
        y: norms['tf.batchNorm']!(tf.depthwiseConv2d(x, each, 1, 'same'), { filter, ...weights }),
      },
    };
  },
  'which a convolution follows, with a sum': ({ filter, scale, offset }, { x }) => ({
    outputs: { y: convolve(tf.add(tf.mul(x, scale), offset), filter) },
  }),
  'with the channels first': ({ filter, scale }, { x }) => ({
    outputs: {
      y: tf.mul(tf.conv2d(x, filter, 1, 'same', 'NCHW'), tf.slice(scale, 0, 8)),
    },
  }),
  'of factors along another axis': ({ filter, scale }, { x }) => ({
    outputs: { y: tf.mul(convolve(x, filter), tf.reshape(tf.slice(scale, 0, 8), [8, 1])) },
  }),
  'of factors along an axis as long as the channels': ({ filter, scale }, { x }) => ({
    outputs: { y: tf.mul(convolve(x, filter), tf.reshape(scale, [16, 1])) },
  }),
  'of factors for each image': ({ filter, scale }, { x }) => ({
    outputs: { y: tf.mul(convolve(x, filter), tf.reshape(tf.slice(scale, 0, 8), [8, 1, 1, 1])) },
  }),
  'of the factors for rows and channels': ({ filter }, { x }) => ({
    outputs: { y: tf.mul(convolve(x, filter), tf.slice(x, 0, [1, 1, 8, 16])) },
  }),
};

/** The function's graph without its values. */
export function recorded(
  fn: Recorded,
  { weights = weightsOf(16, 1), shape = [8, 8, 8, 16], stateOf = constants } = {},
): Graph {
  const inputs = { x: tf.zeros(shape) };
  const state = stateOf(weights);
  const { graph } = record(nodeBackend(), fn, {
    state: state.tree,
    inputs,
    stateInfo: state.info,
    inputInfo: new Map([['x', { dtype: dtypes.float32, shape }]]),
    line: '',
  });
  state.dispose();
  return graph;
}

/** Operations on images: their results have four axes and are neither rows of channels nor filters, and they change something. */
export function onImages(graph: Graph): string[] {
  const live = liveNodes(graph);
  return graph.nodes.flatMap((node, index) => {
    const [first = 1, ...others] = node.outputs[0]?.shape ?? [];
    const isImages = others.length === 3 && first !== 3 && (others[0] ?? 1) > 1;
    if (!live[index] || node.kind !== 'operation' || !isImages) return [];
    return ['Reshape', 'Cast'].includes(node.op) ? [] : node.op;
  });
}
