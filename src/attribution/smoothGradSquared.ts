import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Classifier } from '../models/model.js';
import { attribute, type Targets } from './attribute.js';
import { meanOverNoise, type NoiseOptions, noiseOf, noisyPass } from './noisyGradients.js';

/**
 * SmoothGrad-squared: the mean square of the target logit's gradients at noisy copies of the image.
 *
 * @formula 1/n Σᵢ (∂z_c/∂x (x + εᵢ))², εᵢ ~ N(0, σ²)
 * @cost `samples` forward and backward passes.
 * @differs As `smoothGrad`.
 * @see `smoothGrad`, for parameters and errors.
 * @see Hooker et al. 2019, arXiv:1806.10758, section 4.
 * @example
 * const maps = await smoothGradSquared(model, images, 'predicted', { samples: 10, random });
 */
export async function smoothGradSquared(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: NoiseOptions,
): Promise<Tensor4D> {
  const name = 'smoothGradSquared';
  const noise = noiseOf(name, options);
  return attribute(name, { model, images, targets, options }, (batch) =>
    meanOverNoise(name, { ...batch, noise, further: {} }, squaredSum),
  );
}

export const squaredSum = noisyPass((gradient) => tf.square(gradient));
