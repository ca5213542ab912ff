import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants } from '../../src/compiler/index.js';
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
type Step = (weights: Weights, inputs: { x: Tensor4D }) => { outputs: { y: Tensor } };

function compiled(weights: Weights, x: Tensor4D, step: Step): Tensor {
  const state = constants(weights);
  const run = compile<typeof state, { x: Tensor4D }, { y: Tensor }>(step, { state });
  const { y } = run.run({ x });
  run.dispose();
  state.dispose();
  return y;
}

const convolve: Step = ({ filter }, { x }) => ({ outputs: { y: tf.conv2d(x, filter, 1, 'same') } });

describe('a convolution by Winograd', { skip }, () => {
  const sizes = [
    { name: 'even sides', x: [3, 8, 8], inputs: 64, outputs: 96 },
    { name: 'odd sides', x: [2, 5, 7], inputs: 32, outputs: 64 },
    { name: 'half a panel of outputs', x: [2, 4, 6], inputs: 48, outputs: 80 },
    { name: 'one pixel', x: [1, 1, 1], inputs: 32, outputs: 32 },
    { name: 'one image', x: [1, 4, 4], inputs: 128, outputs: 320 },
    { name: 'many tiles', x: [40, 16, 16], inputs: 32, outputs: 32 },
  ];
  for (const { name, x: shape, inputs, outputs } of sizes) {
    it(`is the direct one, to the last bit where nothing is rounded: ${name}`, () => {
      const x = integers([...shape, inputs], 1) as Tensor4D;
      const filter = integers([3, 3, inputs, outputs], 2) as Tensor4D;
      const bias = integers([outputs], 3) as Tensor1D;
      const direct = tf.conv2d(x, filter, 1, 'same');
      const zero = tf.zerosLike(direct);
      const same = (y: Tensor, expected: Tensor) =>
        assert.equal(bits(tf.add(y, zero)), bits(tf.add(expected, zero)));
      same(compiled({ filter, bias }, x, convolve), direct);
      const relu: Step = ({ filter, bias }, { x }) => {
        const y = tf.add(tf.conv2d(x, filter, 1, 'same'), bias);
        return { outputs: { y: tf.relu(tf.add(y, tf.ones(y.shape))) } };
      };
      same(compiled({ filter, bias }, x, relu), tf.relu(tf.add(tf.add(direct, bias), 1)));
    });
  }

  // Each result is a sum of 16 sums over the channels, in place of one that is nine times as long.
  it('rounds less than the direct one does, over seeds', () => {
    for (const seed of [1, 2, 3]) {
      const x = normals([2, 6, 6, 256], seed) as Tensor4D;
      const filter = normals([3, 3, 256, 32], seed + 10) as Tensor4D;
      const exact = inDouble(x, filter);
      const error = (y: Tensor) => Math.hypot(...y.dataSync().map((value, i) => value - (exact[i] ?? NaN)));
      const winograd = error(compiled({ filter, bias: tf.zeros([32]) }, x, convolve));
      const direct = error(tf.conv2d(x, filter, 1, 'same'));
      assert.ok(winograd < direct, `${winograd} ${direct}`);
    }
  });

  it('gives an image alone what it gives it among others, bit for bit', () => {
    const x = normals([50, 6, 6, 32], 4) as Tensor4D;
    const weights = { filter: normals([3, 3, 32, 96], 5) as Tensor4D, bias: tf.zeros([96]) as Tensor1D };
    const together = compiled(weights, x, convolve);
    for (const i of [0, 31, 49]) {
      const alone = compiled(weights, tf.slice(x, [i, 0, 0, 0], [1, -1, -1, -1]), convolve);
      assert.equal(bits(alone), bits(tf.slice(together, [i, 0, 0, 0], [1, -1, -1, -1])));
    }
  });

  it('keeps NaN through a ReLU', () => {
    const weights = { filter: tf.ones([3, 3, 32, 32]) as Tensor4D, bias: tf.ones([32]) as Tensor1D };
    const relu: Step = ({ filter, bias }, { x }) => ({
      outputs: { y: tf.relu(tf.add(tf.conv2d(x, filter, 1, 'same'), bias)) },
    });
    assert.ok(Number.isNaN(compiled(weights, tf.fill([1, 2, 2, 32], NaN), relu).dataSync()[0]));
  });
});

/** The sums in float64. */
function inDouble(x: Tensor4D, filter: Tensor4D): Float64Array {
  const [images, height, width, inputs] = x.shape;
  const outputs = filter.shape[3];
  const [pixels, weights] = [x.dataSync(), filter.dataSync()];
  const result = new Float64Array(images * height * width * outputs);
  for (let at = 0; at < result.length; at++) {
    const place = Math.floor(at / outputs);
    const [image, row, column] = [
      Math.floor(place / (width * height)),
      Math.floor(place / width) % height,
      place % width,
    ];
    for (let i = 0; i < 9; i++) {
      const [y, z] = [row + Math.floor(i / 3) - 1, column + (i % 3) - 1];
      if (y < 0 || y >= height || z < 0 || z >= width) continue;
      const [pixel, weight] = [
        ((image * height + y) * width + z) * inputs,
        i * inputs * outputs + (at % outputs),
      ];
      for (let c = 0; c < inputs; c++)
        result[at]! += (pixels[pixel + c] ?? NaN) * (weights[weight + c * outputs] ?? NaN);
    }
  }
  return result;
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
  } = {}) => {
    const nodes: Node[] = [
      {
        kind: 'input',
        index: 0,
        constant: false,
        outputs: [{ dtype: dtypes.float32, shape: [2, 8, 8, inputs] }],
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
          { name: 'dilations', type: 1, value: [1, dilation, dilation, 1] },
        ],
        outputs: [{ dtype: dtypes.float32, shape: [2, 8, 8, outputs] }],
      },
    ];
    return { nodes, outputs: [{ node: 2, output: 0 }], updates: new Map() } satisfies Graph;
  };
  const takes = (options: Parameters<typeof graph>[0], from = binding) => {
    const node = withWinograd(from, graph(options)).nodes[2];
    return node?.kind === 'operation' && node.op === 'RoarbookWinograd';
  };

  it('takes 3×3 convolutions of stride 1 whose filter stays, and no others', () => {
    assert.equal(takes({}), true);
    assert.equal(takes({ inputs: 32, outputs: 48 }), true);
    for (const other of [
      { size: 1 },
      { size: 5 },
      { inputs: 16 },
      { outputs: 40 },
      { stride: 2 },
      { dilation: 2 },
      { padding: 'VALID' },
      { constant: false },
    ])
      assert.equal(takes(other), false, JSON.stringify(other));
  });

  it('leaves a graph as it is where the operation is not there', () => {
    const without = Object.create(binding, { hasWinograd: { value: false } }) as typeof binding;
    assert.equal(takes({}, without), false);
  });
});
