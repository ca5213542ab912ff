import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkOptions } from '../errors.js';
import { type Batching, checkFinite, checkImages, mapBatches } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import type { Targets } from './attribute.js';

/**
 * Sobel edges: a control that sees the image but not the model.
 *
 * @param _model - Not used; it is there so that every method is called the same way.
 * @param images - [N, H, W, C], float32; the border is continued by repeating its pixels.
 * @param _targets - Not used.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If images are not finite float32 [N, H, W, C].
 * @formula √(gₓ² + g_y²) of each channel, g the 3×3 Sobel filters' answers
 * @cost No pass.
 * @differs Hooker et al. say nothing of border and channels: here the border repeats, and each channel has its own map.
 * @see Hooker et al. 2019, arXiv:1806.10758, section 4.
 * @example
 * const maps = await sobel(model, images);
 */
export async function sobel(
  _model: Classifier,
  images: Tensor4D,
  _targets?: Targets,
  options: Batching = {},
): Promise<Tensor4D> {
  checkOptions('sobel', options);
  checkImages('sobel', images);
  await checkFinite('sobel', images);
  return mapBatches('sobel', images, { ...options, body: edges });
}

/** Edge strength of each channel. Pure. */
export function edges(images: Tensor4D): Tensor4D {
  return tf.tidy(() => {
    const channels = images.shape[3];
    const across = tf.tensor4d([-1, 0, 1, -2, 0, 2, -1, 0, 1], [3, 3, 1, 1]);
    const padded = tf.mirrorPad(
      images,
      [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ],
      'symmetric',
    );
    const slope = (kernel: Tensor4D) =>
      tf.square(tf.depthwiseConv2d(padded, tf.tile(kernel, [1, 1, channels, 1]), 1, 'valid'));
    const down = tf.transpose(across, [1, 0, 2, 3]);
    return tf.sqrt(tf.add<Tensor4D>(slope(across), slope(down)));
  });
}
