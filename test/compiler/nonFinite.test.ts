import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants } from '../../src/compiler/index.js';
import { nodeBackend } from '../../src/compiler/native.js';
import { hasWinograd } from '../../src/compiler/passes/winograd.js';
import { normals } from './functions.js';

const { binding } = nodeBackend();

interface Given {
  readonly x: Tensor4D;
  readonly dy: Tensor4D;
}

/** Normals, of which one entry of the given pixel is another. */
function withEntry(value: number, pixel: number, shape: Tensor4D['shape']): Tensor4D {
  const values = normals(shape, 1).dataSync();
  values[(pixel * shape[3] + 3) % values.length] = value;
  return tf.tensor<tf.Rank.R4>(values, shape);
}

describe(
  'what is not finite in a convolution by Winograd',
  {
    skip: binding.hasWinograd ? false : 'the processor has neither AVX-512 nor AVX2',
  },
  () => {
    const filter = tf.mul<Tensor4D>(normals([3, 3, 16, 32], 2), 0.1);
    for (const [stride, padding] of [
      [1, 'same'],
      [1, 'valid'],
      [2, 'same'],
      [2, 'valid'],
    ] as const)
      it(`reaches what it reaches eagerly: stride ${stride}, ${padding}`, () => {
        const convolve = (x: Tensor, filter: Tensor4D) => tf.conv2d(x as Tensor4D, filter, stride, padding);
        const both = ({ filter }: { filter: Tensor4D }, { x, dy }: Given) => ({
          outputs: { y: convolve(x, filter), dx: tf.grad((x) => convolve(x, filter))(x, dy) },
        });
        const fixed = constants({ filter });
        const steps = (['float32', 'bfloat16'] as const)
          .filter((precision) => hasWinograd(binding, precision))
          .flatMap((precision) => [fixed, { filter }].map((state) => compile(both, { state, precision })));
        const { shape } = convolve(tf.zeros([9, 7, 9, 16]), filter);
        for (const value of [NaN, Infinity])
          for (let pixel = 0; pixel < 7 * 9; pixel += 4)
            tf.tidy(() => {
              const given = {
                x: withEntry(value, pixel, [9, 7, 9, 16]),
                dy: withEntry(value, pixel, shape),
              };
              const eager = both({ filter }, given).outputs;
              for (const step of steps) {
                const results = step.run(given);
                for (const key of ['y', 'dx'] as const) {
                  const [finite, expected] = [results[key], eager[key]].map((tensor) => tf.isFinite(tensor));
                  assert.equal(
                    tf.all(tf.equal(finite!, expected!)).dataSync()[0],
                    1,
                    `${value} in ${pixel}: ${key}`,
                  );
                }
              }
            });
        for (const step of steps) step.dispose();
        fixed.dispose();
      });
  },
);

describe('what is not finite in a convolution with a constant filter', () => {
  // Neither goes Winograd's way: the one has 10 channels, the other 1×1 taps.
  for (const shape of [
    [3, 3, 3, 10],
    [1, 1, 16, 32],
  ] as const)
    it(`reaches what it reaches eagerly through a sum and a ReLU: filter ${shape.join('×')}`, () => {
      const state = { filter: normals(shape, 2) as Tensor4D, bias: normals([shape[3]], 3) };
      const fixed = constants(state);
      const apply = ({ filter, bias }: typeof state, { x, added }: { x: Tensor; added: Tensor }) => ({
        outputs: {
          y: tf.relu(tf.add(tf.add(tf.conv2d(x as Tensor4D, filter, 1, 'same'), bias), added)),
        },
      });
      const step = compile(apply, { state: fixed });
      for (const value of [NaN, Infinity, -Infinity])
        tf.tidy(() => {
          const given = {
            x: withEntry(value, 20, [2, 7, 9, shape[2]]),
            added: normals([2, 7, 9, shape[3]], 4),
          };
          const [results, eager] = [step.run(given), apply(state, given).outputs];
          for (const is of [tf.isNaN, tf.isInf])
            assert.equal(tf.all(tf.equal(is(results.y), is(eager.y))).dataSync()[0], 1, String(value));
        });
      step.dispose();
      fixed.dispose();
    });
});
