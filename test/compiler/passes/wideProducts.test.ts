import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, type Precision } from '../../../src/compiler/index.js';
import { forceBfloat16 } from '../../fixtures/forcedBfloat16.js';
import { normals } from '../functions.js';
import { rounded } from './convolving.js';

type Tensors = Record<string, Tensor>;

describe('products in bfloat16', () => {
  forceBfloat16();

  const convolve = (x: Tensor, filter: Tensor) =>
    tf.conv2d(x as Tensor4D, filter as Tensor4D, 2, 'same') as Tensor;
  const products: Record<string, (inputs: Tensors) => Tensor> = {
    'a convolution': ({ x, filter }) => convolve(x!, filter!),
    'its gradient in the images': ({ x, filter, g }) =>
      tf.grad((x) => tf.sum(tf.mul(convolve(x, filter!), g!)))(x!),
    'its gradient in the filter': ({ x, filter, g }) =>
      tf.grad((filter) => tf.sum(tf.mul(convolve(x!, filter), g!)))(filter!),
    'a matrix product': ({ a, b }) => tf.matMul(a as Tensor2D, b as Tensor2D),
    'a product of many matrices': ({ a, b }) =>
      tf.matMul(tf.reshape(a!, [4, 4, 2000]), tf.reshape(b!, [4, 2000, 2])),
  };
  const shapes = {
    x: [16, 16, 16, 16],
    filter: [1, 1, 16, 32],
    g: [16, 8, 8, 32],
    a: [16, 2000],
    b: [2000, 8],
  };

  for (const [name, product] of Object.entries(products))
    it(`are summed in float32 and rounded once: ${name}`, () => {
      const inputs = Object.fromEntries(
        Object.entries(shapes).map(([key, shape], i) => [key, rounded(normals(shape, i))]),
      );
      const run = (precision: Precision) => {
        const step = compile((_: object, inputs: Tensors) => ({ outputs: { y: product(inputs) } }), {
          ...{ state: {}, precision },
        });
        const y = Float32Array.from(step.run(inputs).y.dataSync());
        step.dispose();
        return y;
      };
      const [wide, narrow] = [run('float32'), run('bfloat16')];
      const largest = wide.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // Beside the rounding, float32's in sums of up to 2,000 terms.
      wide.forEach((value, i) =>
        assert.ok(
          Math.abs((narrow[i] ?? NaN) - value) <= 2 ** -8 * Math.abs(value) + 2000 * 2 ** -24 * largest,
        ),
      );
      assert.notDeepEqual(narrow, wide);
    });
});
