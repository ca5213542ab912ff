import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { nodeBackend } from '../../../src/compiler/native.js';
import { hasWinograd } from '../../../src/compiler/passes/winograd.js';
import {
  compiled,
  convolve,
  filterGradient,
  gradient,
  inDouble,
  kinds,
  rounded,
  type Step,
} from './convolving.js';
import { forceBfloat16 } from '../../fixtures/forcedBfloat16.js';
import { bits, largest, normals } from '../functions.js';

const skip = hasWinograd(nodeBackend().binding, 'bfloat16')
  ? false
  : 'convolutions are left to TensorFlow here';
const channels = 32;

/** A rounding to the 8 bits of bfloat16, relative to what is rounded: at most, and its deviation where all cases are as likely. */
const rounding = 2 ** -8;
const deviation = rounding / Math.sqrt(3);

describe('a convolution by Winograd in bfloat16', { skip }, () => {
  forceBfloat16();

  for (const [name, kind] of Object.entries(kinds)) {
    // Factors of pixels and of filters are rounded, and results. An error in a factor grows by at most (3 · 1.5 · 2)² of stride 1 and
    // (3 · 2 · 2)² of stride 2. Of independent normal pixels and weights, the nine products of a result (or four of another form)
    // have 25/9 times the variance of the direct sum, for either factor: √(2 · 25/9 + 1) = 2.6 deviations with that of the result.
    it(`rounds twice what it multiplies and once the result: ${name}`, () => {
      for (const seed of [1, 2]) {
        const x = rounded(normals([16, 9, 7, channels], seed)) as Tensor4D;
        const filter = normals([3, 3, channels, channels], seed + 10) as Tensor4D;
        const also = rounded(normals(convolve(x, filter, kind).shape, seed + 20));
        const exact = inDouble({ x, filter, also }, kind);
        const growth = kind.stride === 1 ? 81 : 144;
        const steps: Record<keyof typeof exact, { step: Step; most: number }> = {
          forward: {
            step: ({ filter }, { x }) => ({ outputs: { y: convolve(x, filter, kind) } }),
            most: channels * largest(x) * largest(filter),
          },
          back: {
            step: ({ filter }, { x, also }) => ({ outputs: { y: gradient(x, filter, also, kind) } }),
            most: channels * largest(also) * largest(filter),
          },
          // The terms are tiles, of which each image has at most 20.
          filters: {
            step: ({ filter }, { x, also }) => ({ outputs: { y: filterGradient(x, filter, also, kind) } }),
            most: 16 * 20 * largest(x) * largest(also),
          },
        };
        for (const [result, { step, most }] of Object.entries(steps)) {
          const expected = exact[result as keyof typeof exact];
          const y = compiled({ filter, bias: tf.zeros([channels]) }, { x, also }, step, {
            precision: 'bfloat16',
          });
          const errors = y.dataSync().map((value, i) => value - (expected[i] ?? NaN));
          const [error, size] = [errors, expected].map((values) => Math.hypot(...values)) as [number, number];
          assert.ok(error < 2.6 * deviation * size, `${result}: ${error / size / deviation} deviations`);
          assert.ok(error > deviation * size, `${result}: ${error / size / deviation} deviations`);
          const bound = 2.01 * rounding * growth * most + rounding * most * 9;
          assert.ok(Math.max(...errors.map(Math.abs)) < bound);
          const isRounded = bits(rounded(y)) === bits(y);
          assert.equal(isRounded, result !== 'filters', `${result} rounded: ${isRounded}`);
        }
      }
    });
  }
});
