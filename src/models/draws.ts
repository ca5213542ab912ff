import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Random } from '../random.js';
import type { Slice } from './inBatches.js';

/** Fills one image's entries with random numbers. */
export type Fill = (row: Float32Array, random: Random) => void;

/** Draws for some images (and samples of each): float32 [samples · images, H, W, C], one sample of all images first. */
export type Draw = (
  fill: Fill,
  options: { images: Slice; samples?: Slice; shape: readonly number[] },
) => Tensor4D;

/**
 * Random tensors in which each sample of each image has a stream of its own: what it gets does not depend on the batch
 * size. Two calls with the same `random` draw different numbers.
 *
 * @returns A function that takes the shape [N, H, W, C] of the batch; whoever calls it disposes the tensor.
 */
export function imageDraws(random: Random): Draw {
  const call = random.fork(random.seed());
  return (fill, { images, samples = { from: 0, to: 1 }, shape: [, height = 1, width = 1, channels = 1] }) => {
    const size = height * width * channels;
    const rows = (samples.to - samples.from) * (images.to - images.from);
    const values = new Float32Array(rows * size);
    let start = 0;
    for (let sample = samples.from; sample < samples.to; sample++) {
      const stream = call.fork(sample);
      for (let image = images.from; image < images.to; image++, start += size) {
        fill(values.subarray(start, start + size), stream.fork(image));
      }
    }
    return tf.tensor4d(values, [rows, height, width, channels]);
  };
}
