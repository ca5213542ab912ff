import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants, variables } from '../../src/compiler/index.js';
import type { Graph, Node } from '../../src/compiler/graph.js';
import { dtypes, nodeBackend } from '../../src/compiler/native.js';
import { withWinograd } from '../../src/compiler/winograd.js';
import { bits, normals } from './functions.js';

const { binding } = nodeBackend();
const skip = binding.hasWinograd ? false : 'the processor has neither AVX-512 nor AVX2';

/** Whole numbers from −4 to 4: all that the transforms make of them are multiples of 1/4, and sums of those are exact in float32. */
const integers = (shape: readonly number[], seed: number): Tensor =>
  tf.round(tf.clipByValue(tf.mul(normals(shape, seed), 2), -4, 4));

interface Weights {
  filter: Tensor4D;
  bias: Tensor1D;
}
interface Inputs {
  x: Tensor4D;
  /** Of the result's shape. */
  also: Tensor;
}
type Step = (weights: Weights, inputs: Inputs) => { outputs: { y: Tensor } };

/** @param stateOf - `variables` for filters that may change. */
function compiled(
  weights: Weights,
  inputs: Inputs,
  step: Step,
  stateOf: typeof constants = constants,
): Tensor {
  const state = stateOf(weights);
  const run = compile<typeof state, Inputs, { y: Tensor }>(step, { state });
  const { y } = run.run(inputs);
  run.dispose();
  state.dispose();
  return y;
}

/** Strides and paddings, as TensorFlow and as PyTorch have them; zeros before and after images of even sides. */
const kinds = {
  'stride 1': { stride: 1, pad: 'same', rows: [0, 0], before: 1 },
  'stride 1, valid': { stride: 1, pad: 'valid', rows: [0, 0], before: 0 },
  'stride 1, padded': { stride: 1, pad: 'valid', rows: [1, 1], before: 1 },
  'stride 1, padded on one side': { stride: 1, pad: 'valid', rows: [2, 0], before: 2 },
  'stride 2': { stride: 2, pad: 'same', rows: [0, 0], before: 0 },
  'stride 2, valid': { stride: 2, pad: 'valid', rows: [0, 0], before: 0 },
  'stride 2, padded': { stride: 2, pad: 'valid', rows: [1, 1], before: 1 },
  'stride 2, padded before': { stride: 2, pad: 'valid', rows: [1, 0], before: 1 },
} as const;
type Kind = (typeof kinds)[keyof typeof kinds];

function convolve(x: Tensor4D, filter: Tensor4D, { stride, pad, rows }: Kind = kinds['stride 1']): Tensor4D {
  const padding: [number, number] = [...rows];
  const isPadded = Math.max(...padding) > 0;
  return tf.conv2d(isPadded ? tf.pad(x, [[0, 0], padding, padding, [0, 0]]) : x, filter, stride, pad);
}

/** The gradient in x of the sum of the convolution times a cotangent. */
function gradient(x: Tensor4D, filter: Tensor4D, cotangent: Tensor, kind: Kind): Tensor4D {
  return tf.grad((x) => tf.sum(tf.mul(convolve(x as Tensor4D, filter, kind), cotangent)))(x) as Tensor4D;
}

/** The same in the filter. */
function filterGradient(x: Tensor4D, filter: Tensor4D, cotangent: Tensor, kind: Kind): Tensor4D {
  return tf.grad((filter) => tf.sum(tf.mul(convolve(x, filter as Tensor4D, kind), cotangent)))(
    filter,
  ) as Tensor4D;
}

const alone: Step = ({ filter }, { x }) => ({ outputs: { y: convolve(x, filter) } });

const sizes = [
  { name: 'even sides', x: [3, 8, 8], inputs: 64, outputs: 96 },
  { name: 'odd sides', x: [9, 5, 7], inputs: 32, outputs: 64 },
  { name: 'half a panel of outputs', x: [8, 6, 8], inputs: 48, outputs: 80 },
  { name: 'a block of channels', x: [40, 9, 6], inputs: 8, outputs: 8 },
  { name: 'blocks of odd numbers', x: [30, 6, 6], inputs: 24, outputs: 40 },
  { name: 'one image', x: [1, 16, 16], inputs: 128, outputs: 320 },
  { name: 'three pixels', x: [16, 3, 3], inputs: 32, outputs: 32 },
  { name: 'many tiles', x: [40, 16, 16], inputs: 32, outputs: 32 },
];

describe('a convolution by Winograd', { skip }, () => {
  for (const { name, x: shape, inputs, outputs } of sizes) {
    it(`is the direct one, to the last bit where nothing is rounded: ${name}`, () => {
      const x = integers([...shape, inputs], 1) as Tensor4D;
      const filter = integers([3, 3, inputs, outputs], 2) as Tensor4D;
      const bias = integers([outputs], 3) as Tensor1D;
      for (const [name, kind] of Object.entries(kinds)) {
        const direct = convolve(x, filter, kind);
        const also = integers(direct.shape, 4);
        const sum: Step = ({ filter, bias }, { x, also }) => ({
          outputs: { y: tf.relu(tf.add(tf.add(convolve(x, filter, kind), bias), also)) },
        });
        const back: Step = ({ filter }, { x, also }) => ({
          outputs: {
            y: tf.grad((x) => tf.sum(tf.mul(convolve(tf.relu(x) as Tensor4D, filter, kind), also)))(x),
          },
        });
        const filters: Step = ({ filter }, { x, also }) => ({
          outputs: { y: filterGradient(x, filter, also, kind) },
        });
        for (const stateOf of [variables, constants]) {
          const run = (step: Step) => compiled({ filter, bias }, { x, also }, step, stateOf);
          same(run(sum), tf.relu(tf.add(tf.add(direct, bias), also)), name);
          same(run(filters), filterGradient(x, filter, also, kind), `${name}, gradient in the filter`);
          same(run(back), tf.mul(gradient(tf.relu(x), filter, also, kind), tf.step(x)), `${name}, gradient`);
        }
      }
    });
  }

  // A factor's rounding grows by the sums of |Aᵀ|, |G| and |Bᵀ| along both axes: (3 · 1.5 · 2)² of stride 1, (3 · 2 · 2)² of stride 2.
  for (const [name, kind] of Object.entries(kinds)) {
    it(`rounds within its bound, and not as the direct one: ${name}`, () => {
      const channels = 64;
      for (const seed of [1, 2, 3]) {
        const x = normals([16, 9, 7, channels], seed) as Tensor4D;
        const filter = normals([3, 3, channels, channels], seed + 10) as Tensor4D;
        const direct = convolve(x, filter, kind);
        const also = normals(direct.shape, seed + 20);
        const weights = { filter, bias: tf.zeros([channels]) as Tensor1D };
        const exact = inDouble({ x, filter, also }, kind);
        const largest = (tensor: Tensor) => tf.max(tf.abs(tensor)).dataSync()[0] ?? NaN;
        const check = (
          step: Step,
          expected: Float64Array,
          [left, right, terms]: readonly [Tensor, Tensor, number],
        ) => {
          const y = compiled(weights, { x, also }, step);
          const error = Math.max(...y.dataSync().map((value, i) => Math.abs(value - (expected[i] ?? NaN))));
          const growth = kind.stride === 1 ? 81 : 144;
          const bound = (terms + 9) * 2 ** -24 * growth * terms * largest(left) * largest(right);
          assert.ok(error < bound, `${error} ${bound}`);
          return bits(y);
        };
        const forward: Step = ({ filter }, { x }) => ({ outputs: { y: convolve(x, filter, kind) } });
        const back: Step = ({ filter }, { x, also }) => ({
          outputs: { y: gradient(x, filter, also, kind) },
        });
        const filters: Step = ({ filter }, { x, also }) => ({
          outputs: { y: filterGradient(x, filter, also, kind) },
        });
        // Of the gradient in the filter, the terms are tiles, of which each image has at most 20.
        for (const [step, straight, expected, sums] of [
          [forward, direct, exact.forward, [x, filter, channels]],
          [back, gradient(x, filter, also, kind), exact.back, [also, filter, channels]],
          [filters, filterGradient(x, filter, also, kind), exact.filters, [x, also, 16 * 20]],
        ] as const)
          assert.notEqual(check(step, expected, sums), bits(straight));
      }
    });
  }

  // Each result is a sum of 16 sums over the channels, in place of one that is nine times as long.
  it('rounds less than the direct one does, over seeds', () => {
    for (const seed of [1, 2, 3]) {
      const x = normals([2, 6, 6, 256], seed) as Tensor4D;
      const filter = normals([3, 3, 256, 32], seed + 10) as Tensor4D;
      const direct = convolve(x, filter);
      const { forward } = inDouble({ x, filter, also: direct }, kinds['stride 1']);
      const error = (y: Tensor) => Math.hypot(...y.dataSync().map((value, i) => value - (forward[i] ?? NaN)));
      const winograd = error(compiled({ filter, bias: tf.zeros([32]) }, { x, also: direct }, alone));
      assert.ok(winograd < error(direct), `${winograd} ${error(direct)}`);
    }
  });

  for (const [name, kind, also] of [
    ['stride 1', kinds['stride 1'], [20, 6, 10, 16]],
    ['the gradient of stride 2', kinds['stride 2, padded'], [20, 3, 5, 16]],
  ] as const)
    it(`adds what stands at every other pixel itself, without the zeros between: ${name}`, () => {
      const [n, rows, columns, channels] = [20, 3, 5, 16];
      const filter = integers([3, 3, channels, channels], 1) as Tensor4D;
      const inputs = {
        x: integers([n, 2 * rows, 2 * columns, channels], 2) as Tensor4D,
        also: integers(also, 3),
        shortcut: integers([n, rows, 1, columns, 1, channels], 4),
      };
      const state = constants({ filter });
      const operations = [
        [0, 1],
        [1, 0],
      ].map(([before = 0, after = 0]) => {
        const apart: [number, number][] = [
          [before, after],
          [0, 0],
        ];
        const sum = ({ filter }: { filter: Tensor4D }, { x, also, shortcut }: typeof inputs) => {
          const spread = tf.pad(shortcut, [[0, 0], [0, 0], ...apart, ...apart]);
          const result = kind.stride === 1 ? convolve(x, filter) : gradient(x, filter, also, kind);
          return { outputs: { y: tf.relu(tf.add(tf.reshape(spread, x.shape), result)) } };
        };
        const step = compile<typeof state, typeof inputs, { y: Tensor }>(sum, { state });
        same(step.run(inputs).y, sum({ filter }, inputs).outputs.y, `${before} before`);
        const count = step.graphs[0]?.operations ?? NaN;
        step.dispose();
        return count;
      });
      state.dispose();
      const [taken = NaN, left = NaN] = operations;
      assert.ok(taken < left, `${taken} ${left}`);
    });

  it('gives an image alone what it gives it among others, bit for bit', () => {
    const x = normals([50, 6, 6, 32], 4) as Tensor4D;
    const weights = { filter: normals([3, 3, 32, 96], 5) as Tensor4D, bias: tf.zeros([96]) as Tensor1D };
    const together = compiled(weights, { x, also: x }, alone);
    for (const i of [0, 31, 49]) {
      const one = tf.slice(x, [i, 0, 0, 0], [1, -1, -1, -1]);
      const expected = bits(tf.slice(together, [i, 0, 0, 0], [1, -1, -1, -1]));
      assert.equal(bits(compiled(weights, { x: one, also: one }, alone)), expected);
    }
  });

  it('leaves images with the channels first to TensorFlow', () => {
    const x = normals([4, 16, 8, 8], 1) as Tensor4D;
    const weights = { filter: normals([3, 3, 16, 16], 2) as Tensor4D, bias: tf.zeros([16]) as Tensor1D };
    const first: Step = ({ filter }, { x }) => ({
      outputs: { y: tf.conv2d(x, filter, 1, 'same', 'NCHW') },
    });
    const y = compiled(weights, { x, also: x }, first);
    assert.equal(bits(y), bits(tf.conv2d(x, weights.filter, 1, 'same', 'NCHW')));
  });

  it('keeps NaN through a ReLU and through its gradient', () => {
    const weights = { filter: tf.ones([3, 3, 32, 32]) as Tensor4D, bias: tf.ones([32]) as Tensor1D };
    const relu: Step = ({ filter, bias }, { x }) => ({
      outputs: { y: tf.relu(tf.add(convolve(x, filter), bias)) },
    });
    const back: Step = ({ filter }, { x, also }) => ({
      outputs: { y: tf.grad((x) => tf.sum(tf.mul(convolve(tf.relu(x) as Tensor4D, filter), also)))(x) },
    });
    const [lost, zeros] = [NaN, -1].map((value) => tf.fill([1, 2, 2, 32], value) as Tensor4D);
    assert.ok(lost && zeros);
    for (const [step, inputs] of [
      [relu, { x: lost, also: lost }],
      [back, { x: zeros, also: lost }],
    ] as const)
      assert.ok(compiled(weights, inputs, step).dataSync().every(Number.isNaN));
  });
});

/** Bit for bit, but for the sign of zeros. */
function same(y: Tensor, expected: Tensor, message: string): void {
  assert.equal(bits(tf.add(y, 0)), bits(tf.add(expected, 0)), message);
}

/** A convolution and its gradients in x and in the filter, in float64. */
function inDouble(
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

describe('withWinograd', { skip }, () => {
  const graph = ({
    size = 3,
    inputs = 64,
    outputs = 64,
    stride = 1,
    dilation = 1,
    padding = 'SAME',
    constant = true,
    images = 2,
    dataFormat = 'NHWC',
  } = {}) => {
    const side = Math.ceil(8 / stride);
    const nodes: Node[] = [
      {
        kind: 'input',
        index: 0,
        constant: false,
        outputs: [{ dtype: dtypes.float32, shape: [images, 8, 8, inputs] }],
      },
      {
        kind: 'state',
        index: 0,
        constant,
        outputs: [{ dtype: dtypes.float32, shape: [size, size, inputs, outputs] }],
      },
      {
        kind: 'operation',
        op: 'Conv2D',
        inputs: [
          { node: 0, output: 0 },
          { node: 1, output: 0 },
        ],
        attributes: [
          { name: 'strides', type: 1, value: [1, stride, stride, 1] },
          { name: 'padding', type: 0, value: padding },
          { name: 'data_format', type: 0, value: dataFormat },
          { name: 'dilations', type: 1, value: [1, dilation, dilation, 1] },
        ],
        outputs: [{ dtype: dtypes.float32, shape: [images, side, side, outputs] }],
      },
    ];
    return { nodes, outputs: [{ node: 2, output: 0 }], updates: new Map() } satisfies Graph;
  };
  const takes = (options: Parameters<typeof graph>[0], from = binding) => {
    const node = withWinograd(from, graph(options)).nodes[2];
    return node?.kind === 'operation' && node.op === 'RoarbookWinograd';
  };

  it('takes 3×3 convolutions of stride 1 and 2 on whole blocks of channels, and no others', () => {
    assert.equal(takes({}), true);
    for (const one of [
      { inputs: 32, outputs: 48 },
      { inputs: 8 },
      { padding: 'VALID' },
      { stride: 2, images: 4 },
      { constant: false, images: 4 },
    ])
      assert.equal(takes(one), true, JSON.stringify(one));
    for (const other of [
      { size: 1 },
      { size: 5 },
      { inputs: 20 },
      { outputs: 36 },
      { stride: 2 },
      { stride: 3 },
      { dilation: 2 },
      { padding: 'EXPLICIT' },
      { dataFormat: 'NCHW' },
      { constant: false },
    ])
      assert.equal(takes(other), false, JSON.stringify(other));
  });

  it('leaves a graph as it is where the operation is not there', () => {
    const without = Object.create(binding, { hasWinograd: { value: false } }) as typeof binding;
    assert.equal(takes({}, without), false);
  });
});
