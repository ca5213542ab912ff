import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile } from '../../../src/compiler/index.js';
import { normals } from '../functions.js';

const [count, size, outputs] = [2, 12, 24];

describe('the gradient in the filters of a strided 1×1 convolution', () => {
  for (const [channels, stride, pad] of [
    [1, 2, 'same'],
    [2, 2, 'valid'],
    [5, 3, 'same'],
  ] as const)
    it(`is right, with the same bits at each call: ${channels} channels, stride ${stride}, ${pad}`, () => {
      const side = size / stride;
      const x = normals([count, size, size, channels], 1) as Tensor4D;
      const also = normals([count, side, side, outputs], 3);
      const filter = tf.zeros([1, 1, channels, outputs]) as Tensor4D;
      const step = compile(
        ({ filter }: { filter: Tensor4D }, { x, also }: { x: Tensor4D; also: tf.Tensor }) => {
          const loss = (w: tf.Tensor) => tf.sum(tf.mul(tf.conv2d(x, w as Tensor4D, stride, pad), also));
          return { outputs: { gradient: tf.grad(loss)(filter) } };
        },
        { state: { filter } },
      );
      const call = () => {
        const { gradient } = step.run({ x, also });
        const values = gradient.dataSync();
        gradient.dispose();
        return values;
      };
      const first = call();
      for (let i = 0; i < 300; i++) assert.deepEqual(call(), first);
      const [images, cotangents] = [x.dataSync(), also.dataSync()];
      first.forEach((value, entry) => {
        const [channel, output] = [Math.floor(entry / outputs), entry % outputs];
        let [exact, largest] = [0, 0];
        for (let pixel = 0; pixel < count * side * side; pixel++) {
          const [image, row, column] = [
            Math.floor(pixel / side ** 2),
            Math.floor(pixel / side) % side,
            pixel % side,
          ];
          const at = ((image * size + stride * row) * size + stride * column) * channels + channel;
          const product = (images[at] ?? NaN) * (cotangents[pixel * outputs + output] ?? NaN);
          exact += product;
          largest += Math.abs(product);
        }
        // Each of the products and sums rounds by 2⁻²⁴ of at most the sum of the products' sizes.
        assert.ok(
          Math.abs(value - exact) <= (count * side * side + 1) * 2 ** -24 * largest,
          `${value} ${exact}`,
        );
      });
      step.dispose();
      tf.dispose([x, also, filter]);
    });
});
