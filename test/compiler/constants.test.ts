import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants, repeat } from '../../src/compiler/index.js';
import { normals } from './functions.js';

type Filters = { filter: Tensor4D };

describe('constants', () => {
  const x = normals([2, 8, 8, 16], 1) as Tensor4D;
  const filter = normals([3, 3, 16, 16], 2) as Tensor4D;
  /** Sums of 144 products of size 1, in another order: 12 · 2⁻²⁴ · 12, and ten times as much for the tails. */
  const near = (got: Tensor, expected: Tensor, bound: number) =>
    assert.ok(tf.max(tf.abs(tf.sub(got, expected))).dataSync()[0]! < bound);

  it('convolve as eagerly, and each step with its own', () => {
    for (const scale of [1, -2]) {
      const own = tf.mul<Tensor4D>(filter, scale);
      const shared = constants({ filter: own });
      const step = compile(
        ({ filter }: Filters, { x }: { x: Tensor4D }) => ({
          outputs: { y: tf.conv2d(x, filter, 1, 'same') },
        }),
        { state: shared },
      );
      // Twice: the filter's layout is kept from the first call on.
      for (const input of [x, tf.mul<Tensor4D>(x, 3)])
        near(step.run({ x: input }).y, tf.conv2d(input, own, 1, 'same'), 1e-3);
      step.dispose();
      shared.dispose();
    }
  });

  it('convolve in a loop', () => {
    const shared = constants({ filter: tf.mul<Tensor4D>(filter, 0.1) });
    const step = compile(
      ({ filter }: Filters, { x }: { x: Tensor4D }) => ({
        outputs: repeat(3, { x }, ({ x }) => ({ x: tf.conv2d(x as Tensor4D, filter, 1, 'same') as Tensor })),
      }),
      { state: shared },
    );
    let expected = x;
    for (let i = 0; i < 3; i++) expected = tf.conv2d(expected, tf.mul(filter, 0.1) as Tensor4D, 1, 'same');
    // Each convolution of size 1.2 more.
    near(step.run({ x }).x, expected, 1e-3);
    step.dispose();
    shared.dispose();
  });

  it('are changed neither by a step nor by hand', () => {
    const shared = constants({ filter });
    const step = compile(
      ({ filter }: Filters, { x }: { x: Tensor }) => ({
        state: { filter: tf.mul(filter, x) as Tensor4D },
      }),
      { state: shared },
    );
    assert.throws(() => step.run({ x: 2 }), {
      name: 'ArgumentError',
      message:
        "compile: the constant 'filter' must be returned as it came or left out, got a new value; make it with variables()",
    });
    assert.throws(() => shared.set({ filter }), {
      name: 'ArgumentError',
      message: "Variables.set: 'filter' must be a variable, got a constant; make it with variables()",
    });
    step.dispose();
    shared.dispose();
  });
});
