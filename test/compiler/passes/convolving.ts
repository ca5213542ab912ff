import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants, type Precision, type variables } from '../../../src/compiler/index.js';
import { bits, normals } from '../functions.js';

/** Whole numbers from −4 to 4: all that the transforms make of them are multiples of 1/4, and sums of those are exact in float32. */
export const integers = (shape: readonly number[], seed: number): Tensor =>
  tf.round(tf.clipByValue(tf.mul(normals(shape, seed), 2), -4, 4));

export interface Weights {
  filter: Tensor4D;
  bias: Tensor1D;
}
export interface Inputs {
  x: Tensor4D;
  /** Of the result's shape. */
  also: Tensor;
}
export type Step = (weights: Weights, inputs: Inputs) => { outputs: { y: Tensor } };

/** @param options - `variables` for filters that may change. */
export function compiled(
  weights: Weights,
  inputs: Inputs,
  step: Step,
  {
    stateOf = constants,
    precision = 'float32',
  }: { stateOf?: typeof constants | typeof variables; precision?: Precision } = {},
): Tensor {
  const state = stateOf(weights);
  const run = compile<typeof state, Inputs, { y: Tensor }>(step, { state, precision });
  const { y } = run.run(inputs);
  run.dispose();
  state.dispose();
  return y;
}

/** Strides and paddings, as TensorFlow and as PyTorch have them; zeros before and after images of even sides. */
export const kinds = {
  'stride 1': { stride: 1, pad: 'same', rows: [0, 0], before: 1 },
  'stride 1, valid': { stride: 1, pad: 'valid', rows: [0, 0], before: 0 },
  'stride 1, padded': { stride: 1, pad: 'valid', rows: [1, 1], before: 1 },
  'stride 1, padded on one side': { stride: 1, pad: 'valid', rows: [2, 0], before: 2 },
  'stride 2': { stride: 2, pad: 'same', rows: [0, 0], before: 0 },
  'stride 2, valid': { stride: 2, pad: 'valid', rows: [0, 0], before: 0 },
  'stride 2, padded': { stride: 2, pad: 'valid', rows: [1, 1], before: 1 },
  'stride 2, padded before': { stride: 2, pad: 'valid', rows: [1, 0], before: 1 },
} as const;
export type Kind = (typeof kinds)[keyof typeof kinds];

export function convolve(
  x: Tensor4D,
  filter: Tensor4D,
  { stride, pad, rows }: Kind = kinds['stride 1'],
): Tensor4D {
  const padding: [number, number] = [...rows];
  const isPadded = Math.max(...padding) > 0;
  return tf.conv2d(isPadded ? tf.pad(x, [[0, 0], padding, padding, [0, 0]]) : x, filter, stride, pad);
}

/** The gradient in x of the sum of the convolution times a cotangent. */
export function gradient(x: Tensor4D, filter: Tensor4D, cotangent: Tensor, kind: Kind): Tensor4D {
  return tf.grad((x) => tf.sum(tf.mul(convolve(x as Tensor4D, filter, kind), cotangent)))(x) as Tensor4D;
}

/** The same in the filter. */
export function filterGradient(x: Tensor4D, filter: Tensor4D, cotangent: Tensor, kind: Kind): Tensor4D {
  return tf.grad((filter) => tf.sum(tf.mul(convolve(x, filter as Tensor4D, kind), cotangent)))(
    filter,
  ) as Tensor4D;
}

/** To the nearest bfloat16, of two the even one. */
export function rounded(tensor: Tensor): Tensor {
  const words = new Uint32Array(Float32Array.from(tensor.dataSync()).buffer);
  const halves = words.map((word) => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000);
  return tf.tensor(new Float32Array(halves.buffer), tensor.shape);
}

/** Bit for bit, but for the sign of zeros. */
export function same(y: Tensor, expected: Tensor, message: string): void {
  assert.equal(bits(tf.add(y, 0)), bits(tf.add(expected, 0)), message);
}

/** A convolution and its gradients in x and in the filter, in float64. */
export function inDouble(
  { x, filter, also }: { x: Tensor4D; filter: Tensor4D; also: Tensor },
  { stride, pad, before: zeros }: Kind,
): Record<'forward' | 'back' | 'filters', Float64Array> {
  const [images, height, width, inputs] = x.shape;
  const [, rows = 0, columns = 0, outputs = 0] = also.shape;
  const [pixels, weights, cotangents] = [x.dataSync(), filter.dataSync(), also.dataSync()];
  const [forward, back, filters] = [cotangents, pixels, weights].map(
    ({ length }) => new Float64Array(length),
  ) as [Float64Array, Float64Array, Float64Array];
  // TensorFlow pads one side alone of an even number of rows at stride 2, of an odd number both.
  const before = (size: number) => zeros + (pad === 'same' && stride === 2 ? size % 2 : 0);
  const places = images * rows * columns;
  for (let place = 0; place < places * 9; place++) {
    const tap = place % 9;
    const result = Math.floor(place / 9);
    const image = Math.floor(result / (rows * columns));
    const y = (Math.floor(result / columns) % rows) * stride + Math.floor(tap / 3) - before(height);
    const z = (result % columns) * stride + (tap % 3) - before(width);
    if (y < 0 || y >= height || z < 0 || z >= width) continue;
    const pixel = ((image * height + y) * width + z) * inputs;
    for (let c = 0; c < inputs; c++) {
      for (let k = 0; k < outputs; k++) {
        const at = (tap * inputs + c) * outputs + k;
        const [value, weight] = [pixels[pixel + c] ?? NaN, weights[at] ?? NaN];
        const cotangent = cotangents[result * outputs + k] ?? NaN;
        forward[result * outputs + k]! += value * weight;
        back[pixel + c]! += cotangent * weight;
        filters[at]! += cotangent * value;
      }
    }
  }
  return { forward, back, filters };
}
