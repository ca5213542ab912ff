import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants, repeat } from '../../../src/compiler/index.js';
import { normals } from '../functions.js';

const weights = {
  filter: normals([3, 3, 8, 8], 1) as Tensor4D,
  bias: normals([8], 2) as Tensor1D,
};
const x = normals([2, 6, 6, 8], 3) as Tensor4D;
type Weights = typeof weights;

const convolve = (x: Tensor4D, { filter, bias }: Weights) =>
  tf.add<Tensor4D>(tf.conv2d(x, filter, 1, 'same'), bias);
const square = (x: Tensor4D) => tf.mul<Tensor4D>(x, x);

/** Each a place where a convolution can, or must not, take over what follows it. */
const functions: Record<string, (x: Tensor4D, weights: Weights) => Tensor4D> = {
  'a bias': convolve,
  'a bias before the convolution': (x, { filter, bias }) => tf.add(bias, tf.conv2d(x, filter, 2, 'valid')),
  'a bias and a ReLU': (x, weights) => tf.relu(convolve(x, weights)),
  'a bias, a sum and a ReLU': (x, weights) => tf.relu(tf.add<Tensor4D>(x, convolve(x, weights))),
  'a sum of two': (x, weights) => tf.add(convolve(x, weights), convolve(square(x), weights)),
  'a sum of one twice': (x, weights) => {
    const once = convolve(x, weights);
    return tf.add(once, once);
  },
  'a convolution that is used again': (x, { filter, bias }) => {
    const result = tf.conv2d(x, filter, 1, 'same');
    return tf.mul(tf.add<Tensor4D>(result, bias), result);
  },
  'a bias for each row': (x, { filter }) => tf.add(tf.conv2d(x, filter, 1, 'same'), tf.ones([6, 8])),
  'a sum that is broadcast': (x, weights) => tf.add(convolve(x, weights), tf.ones([1, 6, 6, 8])),
  'a ReLU between': (x, weights) => tf.relu(tf.add<Tensor4D>(tf.relu(convolve(x, weights)), x)),
  'the gradient through a ReLU': (x, weights) =>
    tf.grad((x) => tf.sum(square(tf.relu(convolve(x as Tensor4D, weights)))))(x) as Tensor4D,
  'a loop': (x, weights) =>
    repeat(2, { x }, ({ x }) => ({ x: tf.relu(tf.add(convolve(x as Tensor4D, weights), x)) as Tensor }))
      .x as Tensor4D,
};

describe('a convolution whose filter is constant', () => {
  for (const [name, fn] of Object.entries(functions)) {
    it(`gives what eager does with ${name}`, () => {
      const state = constants(weights);
      const step = compile(
        (weights: Weights, { x }: { x: Tensor4D }) => ({ outputs: { y: fn(x, weights) } }),
        { state },
      );
      const expected = fn(x, weights);
      // 72 products of size 1 in another order, of sums up to 50; in the loop of sums of the square of that.
      const bound = 1e-5 * tf.max(tf.abs(expected)).dataSync()[0]!;
      for (let call = 0; call < 2; call++)
        assert.ok(tf.max(tf.abs(tf.sub(step.run({ x }).y, expected))).dataSync()[0]! <= bound);
      step.dispose();
      state.dispose();
    });
  }
});

describe('a graph of convolutions with constant filters', () => {
  it('is optimised by TensorFlow, which says nothing of a failure', async () => {
    const source = JSON.stringify(fileURLToPath(new URL('../../../src/compiler/index.ts', import.meta.url)));
    const script = `
      import { compile, constants } from ${source};
      import * as tf from '@tensorflow/tfjs-node-gpu';
      const state = constants({ filter: tf.ones([3, 3, 8, 8]), bias: tf.ones([8]) });
      const convolve = ({ filter, bias }, { x }) => ({ outputs: { y: tf.conv2d(x, filter, 1, 'same').add(bias) } });
      console.log(compile(convolve, { state }).run({ x: tf.ones([2, 6, 6, 8]) }).y.dataSync()[0]);`;
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '1' } },
    );
    // A corner: 4 of the 9 places of the filter lie on the image, each with 8 channels; and the bias.
    assert.equal(stdout.trim(), '33');
    assert.doesNotMatch(stderr, /optimization failure/);
  });
});
