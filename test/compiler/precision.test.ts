import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { batchNormTraining, compile, repeat, type Precision } from '../../src/compiler/index.js';
import { chosenPrecision } from '../../src/compiler/precision.js';
import { forceBfloat16 } from '../fixtures/forcedBfloat16.js';
import { normals } from './functions.js';

/** Two convolutions with batch norm and a shortcut, and a dense layer. */
function network(x: Tensor, { a, b, dense }: Record<'a' | 'b' | 'dense', Tensor>): Tensor {
  const [ones, zeros] = [tf.ones([16]), tf.zeros([16])];
  const first = tf.relu(batchNormTraining(tf.conv2d(x as Tensor4D, a as Tensor4D, 1, 'same'), ones, zeros).y);
  const second = batchNormTraining(tf.conv2d(first as Tensor4D, b as Tensor4D, 1, 'same'), ones, zeros).y;
  return tf.matMul(tf.mean(tf.relu(tf.add(first, second)), [1, 2]), dense as tf.Tensor2D);
}

type Weights = Record<'a' | 'b' | 'dense', Tensor>;
const names = ['a', 'b', 'dense'] as const;
const initial = (): Weights => ({
  a: tf.mul(normals([3, 3, 3, 16], 1), 0.3),
  b: tf.mul(normals([3, 3, 16, 16], 2), 0.1),
  dense: tf.mul(normals([16, 4], 3), 0.3),
});

function train(weights: Weights, { x, y }: { x: Tensor; y: Tensor }) {
  const loss = (...values: Tensor[]) =>
    tf.losses.softmaxCrossEntropy(
      y,
      network(x, Object.fromEntries(names.map((name, i) => [name, values[i]])) as Weights),
    ) as Scalar;
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => weights[name]));
  const moved = names.map((name, i) => [name, tf.sub(weights[name], tf.mul(grads[i] ?? value, 0.5))]);
  return { state: Object.fromEntries(moved) as Weights, outputs: { loss: value } };
}

describe("precision 'bfloat16'", () => {
  forceBfloat16();

  it('trains as float32 does, within the rounding of bfloat16', () => {
    const x = normals([16, 8, 8, 3], 4);
    const y = tf.oneHot(
      Array.from({ length: 16 }, (_, i) => i % 4),
      4,
    );
    const losses = (precision: Precision) => {
      const step = compile(train, { state: initial(), precision });
      assert.equal(step.precision, precision);
      const values = Array.from({ length: 10 }, () => step.run({ x, y }).loss.dataSync()[0] ?? NaN);
      assert.ok(Object.values(step.state.get()).every(({ dtype }) => dtype === 'float32'));
      step.dispose();
      return values;
    };
    const [wide, narrow] = [losses('float32'), losses('bfloat16')];
    // bfloat16 has 8 bits: 2⁻⁹ a rounding, a dozen of them in a row, on losses of about 1.
    assert.notEqual(narrow[0], wide[0]);
    assert.ok(Math.abs((narrow[0] ?? NaN) - (wide[0] ?? NaN)) < 12 * 2 ** -9);
    assert.ok((wide[9] ?? NaN) < 0.85 * (wide[0] ?? NaN));
    assert.ok(Math.abs((narrow[9] ?? NaN) - (wide[9] ?? NaN)) < 0.1);
    tf.dispose([x, y]);
  });

  it('narrows batch norm where its channels fill whole blocks, and only there', () => {
    const x = normals([4, 6, 6, 3], 5);
    const narrow = (channels: number) => {
      const a = tf.mul(normals([3, 3, 3, channels], 6), 0.3);
      const vectors = { ones: tf.ones([channels]), zeros: tf.zeros([channels]) };
      const step = compile(
        ({ a, ones, zeros }: Record<'a' | 'ones' | 'zeros', Tensor>, { x }: { x: Tensor }) => ({
          outputs: {
            y: batchNormTraining(tf.conv2d(x as Tensor4D, a as Tensor4D, 1, 'same'), ones, zeros).y,
          },
        }),
        { state: { a, ...vectors }, precision: 'bfloat16' },
      );
      const bits = new Uint32Array(Float32Array.from(step.run({ x }).y.dataSync()).buffer);
      step.dispose();
      // The half of a float32 that bfloat16 has not.
      return bits.every((word) => (word & 0xffff) === 0);
    };
    assert.deepEqual([8, 16, 24, 32].map(narrow), [false, true, false, true]);
  });

  it("leaves a choice between bfloat16 values in bfloat16, as in tf.relu's gradient", () => {
    const operations = (chosen: (y: Tensor) => Tensor) => {
      const step = compile(
        ({ a }: { a: Tensor }, { x }: { x: Tensor }) => ({
          outputs: { y: chosen(tf.conv2d(x as Tensor4D, a as Tensor4D, 1, 'same')) },
        }),
        {
          state: { a: normals([3, 3, 3, 16], 6) },
          precision: 'bfloat16',
          inputs: { x: tf.zeros([1, 4, 4, 3]) },
        },
      );
      return step.graphs[0]?.operations ?? NaN;
    };
    const chosen = operations((y) => tf.where(tf.isNaN(y), y, tf.relu(y)));
    // IsNan and Select, and no Cast.
    assert.equal(chosen - operations((y) => tf.relu(y)), 2);
  });

  it('narrows the body of a loop, and leaves a function without products as it is', () => {
    const w = tf.mul(normals([3, 3, 3, 3], 1), 0.2);
    const x = normals([2, 6, 6, 3], 2);
    const run = (precision: Precision, body: (x: Tensor, w: Tensor) => Tensor) => {
      const step = compile(
        ({ w }: { w: Tensor }, { x }: { x: Tensor }) => ({
          outputs: repeat(3, { x }, ({ x }) => ({ x: body(x, w) })),
        }),
        { state: { w }, precision },
      );
      const values = step.run({ x }).x.dataSync();
      step.dispose();
      return [...values];
    };
    const convolve = (x: Tensor, w: Tensor) => tf.relu(tf.conv2d(x as Tensor4D, w as Tensor4D, 1, 'same'));
    const [wide, narrow] = [run('float32', convolve), run('bfloat16', convolve)];
    assert.notDeepEqual(narrow, wide);
    const scale = Math.max(...wide);
    wide.forEach((value, i) => assert.ok(Math.abs(value - (narrow[i] ?? NaN)) < scale * 6 * 2 ** -9));
    const plain = (x: Tensor) => tf.relu(tf.add(tf.mul(x, 0.3), x));
    assert.deepEqual(run('bfloat16', plain), run('float32', plain));
    tf.dispose([w, x]);
  });
});

describe('chosenPrecision', () => {
  it('keeps bfloat16 where a processor or a GPU computes it', () => {
    assert.equal(
      chosenPrecision('bfloat16', { gpu: false, processor: 'flags: avx512f avx512_bf16' }),
      'bfloat16',
    );
    assert.equal(chosenPrecision('bfloat16', { gpu: false, processor: 'flags: amx_bf16' }), 'bfloat16');
    assert.equal(chosenPrecision('bfloat16', { gpu: true, processor: 'flags: avx2' }), 'bfloat16');
  });

  it('falls back to float32 with a message elsewhere', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    assert.equal(chosenPrecision('bfloat16', { gpu: false, processor: 'flags: avx2' }), 'float32');
    assert.equal(
      (await warned).message,
      "compile: precision 'bfloat16' must have a processor with AVX512_BF16 or AMX, got one without; it runs in float32",
    );
  });

  it('refuses other names', () => {
    assert.throws(() => chosenPrecision('half' as Precision, { gpu: false }), {
      name: 'ArgumentError',
      message: "compile: precision must be 'float32', 'tf32' or 'bfloat16', got 'half'",
    });
  });
});
