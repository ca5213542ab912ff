import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Classifier } from '../models/model.js';
import { attribute, type Targets } from './attribute.js';
import { meanOverNoise, type NoiseOptions, noiseOf, noisyPass } from './noisyGradients.js';

/** The noisy copies of each image, and whether their gradients keep their sign. */
export interface SmoothGradOptions extends NoiseOptions {
  /** Takes |∂z/∂x| of each sample, as captum's NoiseTunnel of Saliency does; default false, the signed gradients. */
  absolute?: boolean;
}

/**
 * SmoothGrad: the mean of the target logit's gradients at `samples` noisy copies of the image.
 *
 * 'predicted' is the class of the clean image.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted'.
 * @param options - `batchSize` counts noisy copies, which bounds the memory; the maps depend on it only by rounding.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @formula 1/n Σᵢ ∂z_c/∂x (x + εᵢ), εᵢ ~ N(0, σ²)
 * @cost `samples` forward and backward passes.
 * @differs σ = 0.15, in Smilkov et al.'s 10-20 % of the pixels' range, and signed gradients; captum's NoiseTunnel takes
 * σ = 1, 5 samples, and of Saliency the absolute values (`absolute: true`).
 * @see Smilkov et al. 2017, arXiv:1706.03825.
 * @example
 * const maps = await smoothGrad(model, images, labels, { samples: 10, sigma: 0.1, random });
 */
export async function smoothGrad(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: SmoothGradOptions,
): Promise<Tensor4D> {
  const noise = noiseOf('smoothGrad', options);
  const { absolute = false } = options;
  return attribute('smoothGrad', { model, images, targets, options }, (batch) =>
    meanOverNoise('smoothGrad', { ...batch, noise, further: {} }, absolute ? absoluteSum : signedSum),
  );
}

export const signedSum = noisyPass((gradient) => gradient);
const absoluteSum = noisyPass((gradient) => tf.abs(gradient));
