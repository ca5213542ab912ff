import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Random } from '../random.js';
import type { Slice } from './inBatches.js';

/** Fills one image's entries with random numbers. */
export type Fill = (row: Float32Array, random: Random) => void;

/**
 * Random tensors for slices of images, in which each image has a stream of its own: what an image gets does not depend
 * on the batch size. Two calls with the same `random` draw different numbers.
 */
export function imageDraws(random: Random): (slice: Slice, shape: readonly number[], fill: Fill) => Tensor4D {
  const call = random.fork(random.seed());
  return ({ from, to }, [height = 1, width = 1, channels = 1], fill) => {
    const size = height * width * channels;
    const values = new Float32Array((to - from) * size);
    for (let i = from; i < to; i++) {
      fill(values.subarray((i - from) * size, (i - from + 1) * size), call.fork(i));
    }
    return tf.tensor4d(values, [to - from, height, width, channels]);
  };
}
