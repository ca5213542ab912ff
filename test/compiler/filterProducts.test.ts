import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, type Precision } from '../../src/compiler/index.js';
import { forceBfloat16 } from '../fixtures/forcedBfloat16.js';
import { normals } from './functions.js';

/** A convolution's place in a network: images of side², and what is done to them. */
interface Layer {
  side: number;
  channels: number;
  filters: number;
  taps: [number, number];
  stride: number;
  padding: 'same' | 'valid';
}

const base: Layer = { side: 4, channels: 256, filters: 256, taps: [3, 3], stride: 1, padding: 'same' };
const layers: Record<string, Layer> = {
  'same, stride 1': base,
  'more filters than channels': { ...base, filters: 272 },
  'valid, stride 1': { ...base, side: 6, padding: 'valid' },
  'same, stride 2': { ...base, side: 8, channels: 128, stride: 2 },
  'valid, stride 2': { ...base, side: 9, channels: 128, stride: 2, padding: 'valid' },
  'odd images, stride 2': { ...base, side: 7, channels: 128, stride: 2 },
  'five by two, stride 3': { ...base, side: 9, channels: 128, taps: [5, 2], stride: 3 },
};

describe('the gradient in a filter as products, in bfloat16', () => {
  forceBfloat16();

  for (const [name, layer] of Object.entries(layers))
    it(`is that of the convolution: ${name}`, () => {
      const { images, filter, result, gradient } = made(layer);
      const step = compiled(layer, 'bfloat16');
      const products = step.run({ images, filter, result }).gradient;
      const exact = gradient(images, result);
      // 2⁻⁸ is the most by which bfloat16 rounds: both factors of each term, and the result, which is at most 5 times as large
      // as the root of the terms' squares; their errors add up at random.
      const size = tf.sqrt(gradient(tf.square(images), tf.square(result)));
      const error = tf.max(tf.div(tf.abs(tf.sub(products, exact)), size)).dataSync()[0] ?? NaN;
      assert.ok(error < 8 * 2 ** -8, `${error}`);
      const [height, width] = layer.taps;
      // A slice, a matrix and a product for each tap.
      assert.ok(more(step, layer) > 3 * height * width);
      step.dispose();
      tf.dispose([images, filter, result, products, exact, size]);
    });

  it('is left to the convolution for large images, few channels and filters of one pixel', () => {
    for (const change of [
      { side: 5 },
      { channels: 240 },
      { filters: 240 },
      { taps: [1, 1] },
      { side: 18, channels: 128, stride: 2 },
    ] as Partial<Layer>[]) {
      const layer = { ...base, ...change };
      const { images, filter, result } = made(layer);
      const step = compiled(layer, 'bfloat16');
      step.run({ images, filter, result }).gradient.dispose();
      // Casts alone.
      assert.ok(more(step, layer) <= 5, JSON.stringify(change));
      step.dispose();
      tf.dispose([images, filter, result]);
    }
  });
});

/** Random images, filter and gradient in the result; and how the gradient in the filter follows from them. */
function made({ side, channels, filters, taps, ...how }: Layer) {
  const images = normals([2, side, side, channels], 1);
  const filter = normals([...taps, channels, filters], 2);
  const convolved = convolve(images, filter, how);
  const result = normals(convolved.shape, 3);
  convolved.dispose();
  return { images, filter, result, gradient: (x: Tensor, y: Tensor) => gradientOf({ x, y, filter, how }) };
}

type How = Pick<Layer, 'stride' | 'padding'>;

function convolve(x: Tensor, w: Tensor, { stride, padding }: How): Tensor {
  return tf.conv2d(x as Tensor4D, w as Tensor4D, stride, padding);
}

function gradientOf({ x, y, filter, how }: Record<'x' | 'y' | 'filter', Tensor> & { how: How }): Tensor {
  return tf.grad((w: Tensor) => tf.sum(tf.mul(convolve(x, w, how), y)))(filter);
}

function compiled(layer: Layer, precision: Precision) {
  type Given = Record<'images' | 'filter' | 'result', Tensor>;
  return compile(
    (_: object, { images: x, result: y, filter }: Given) => ({
      outputs: { gradient: gradientOf({ x, y, filter, how: layer }) },
    }),
    { state: {}, precision },
  );
}

/** How many more operations a step has than the same one in float32. */
function more(step: ReturnType<typeof compiled>, layer: Layer): number {
  const wide = compiled(layer, 'float32');
  const { images, filter, result } = made(layer);
  const { gradient } = wide.run({ images, filter, result });
  const [narrowed = NaN, plain = NaN] = [step, wide].map(({ graphs }) => graphs[0]?.operations);
  wide.dispose();
  tf.dispose([images, filter, result, gradient]);
  return narrowed - plain;
}
