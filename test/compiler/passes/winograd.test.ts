import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants, variables, type Precision } from '../../../src/compiler/index.js';
import { narrowed } from '../../../src/compiler/passes/bfloat16.js';
import { attributeOf, type Graph, type Node } from '../../../src/compiler/graph.js';
import { dtypes, nodeBackend, type Binding } from '../../../src/compiler/native.js';
import { hasWinograd, withWinograd } from '../../../src/compiler/passes/winograd.js';
import {
  compiled,
  convolve,
  filterGradient,
  gradient,
  inDouble,
  integers,
  kinds,
  rounded,
  same,
  type Step,
} from './convolving.js';
import { forceBfloat16 } from '../../fixtures/forcedBfloat16.js';
import { bits, largest, normals } from '../functions.js';

const { binding } = nodeBackend();
const skip = binding.hasWinograd ? false : 'the processor has neither AVX-512 nor AVX2';

const alone: Step = ({ filter }, { x }) => ({ outputs: { y: convolve(x, filter) } });

const precisions = (['float32', 'bfloat16'] as const).filter((precision) => hasWinograd(binding, precision));
const nothing = (tensor: Tensor) => tensor;

/** Enough tiles for filters that change, in each kind. */
const sizes = [
  { name: 'even sides', x: [16, 8, 8], inputs: 64, outputs: 96 },
  { name: 'odd sides', x: [32, 5, 7], inputs: 32, outputs: 64 },
  { name: 'half a panel of outputs', x: [32, 6, 8], inputs: 48, outputs: 80 },
  { name: 'a block of channels', x: [40, 9, 7], inputs: 8, outputs: 8 },
  { name: 'blocks of odd numbers', x: [64, 6, 6], inputs: 24, outputs: 40 },
  { name: 'few images', x: [4, 16, 16], inputs: 128, outputs: 320 },
  { name: 'three pixels', x: [64, 3, 3], inputs: 32, outputs: 32 },
  { name: 'many tiles', x: [40, 16, 16], inputs: 32, outputs: 32 },
];

describe('a convolution by Winograd', { skip }, () => {
  forceBfloat16();

  for (const { name, x: shape, inputs, outputs } of sizes) {
    const title = (precision: Precision) =>
      `is the direct one, to the last bit where nothing is rounded before the result: ${name}, ${precision}`;
    for (const precision of precisions)
      it(title(precision), () => {
        const stored = precision === 'bfloat16' ? rounded : nothing;
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
            const run = (step: Step) => compiled({ filter, bias }, { x, also }, step, { stateOf, precision });
            same(run(sum), stored(tf.relu(tf.add(tf.add(direct, bias), also))), name);
            same(run(filters), filterGradient(x, filter, also, kind), `${name}, gradient in the filter`);
            same(
              run(back),
              stored(tf.mul(gradient(tf.relu(x), filter, also, kind), tf.step(x))),
              `${name}, gradient`,
            );
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
    for (const precision of precisions)
      it(`adds what stands at every other pixel itself, without the zeros between: ${name}, ${precision}`, () => {
        const stored = precision === 'bfloat16' ? rounded : nothing;
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
          const step = compile<typeof state, typeof inputs, { y: Tensor }>(sum, { state, precision });
          same(step.run(inputs).y, stored(sum({ filter }, inputs).outputs.y), `${before} before`);
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

describe('hasWinograd', () => {
  const withInstructions = (instructions: Binding['instructions']) =>
    Object.create(binding, {
      hasWinograd: { value: instructions !== '' },
      instructions: { value: instructions },
    }) as Binding;

  it('is of float32 with any instructions, of bfloat16 with any but AMX', () => {
    for (const [instructions, processor, float32, bfloat16] of [
      ['', '', false, false],
      ['avx2', 'avx2', true, true],
      ['avx512', 'avx512f', true, true],
      ['avx512_bf16', 'avx512f avx512_bf16', true, true],
      ['avx512_bf16', 'avx512f avx512_bf16 amx_bf16 amx_tile', true, false],
    ] as const) {
      assert.equal(hasWinograd(withInstructions(instructions), 'float32', processor), float32);
      assert.equal(hasWinograd(withInstructions(instructions), 'bfloat16', processor), bfloat16);
    }
  });
});

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
  const takes = (options: Parameters<typeof graph>[0]) => {
    const node = withWinograd(graph(options)).nodes[2];
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

  it('has the operations stand in a graph of bfloat16, with weights in float32', () => {
    const { nodes } = narrowed(withWinograd(graph({})));
    const node = nodes.find((node) => node.kind === 'operation' && node.op === 'RoarbookWinograd');
    assert.ok(node?.kind === 'operation');
    const types = node.inputs.flat().map(({ node, output }) => nodes[node]?.outputs[output]?.dtype);
    assert.deepEqual(types, [dtypes.bfloat16, dtypes.float32]);
    assert.equal(attributeOf(node, 'T'), dtypes.bfloat16);
    assert.deepEqual(node.outputs, [{ dtype: dtypes.bfloat16, shape: [2, 8, 8, 64] }]);
  });
});
