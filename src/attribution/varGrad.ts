import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Classifier } from '../models/model.js';
import { attribute, type Targets } from './attribute.js';
import { meanOverNoise, type NoiseOptions, noiseOf, type NoisyInputs, noisyPass } from './noisyGradients.js';
import { signedGradient } from './saliency.js';

/**
 * VarGrad: the variance over noisy copies of the image of the target logit's gradient, divided by their number.
 *
 * @formula 1/n Σᵢ (gᵢ − ḡ)², gᵢ = ∂z_c/∂x (x + εᵢ), εᵢ ~ N(0, σ²)
 * @cost `samples` + 1 forward and backward passes.
 * @differs As `smoothGrad`; divided by n, as captum's 'vargrad' and unlike a sample variance.
 * @see `smoothGrad`, for parameters and errors.
 * @see Adebayo et al. 2018, arXiv:1810.03292, appendix; Hooker et al. 2019, arXiv:1806.10758, section 4.
 * @example
 * const maps = await varGrad(model, images, 'predicted', { samples: 10, random });
 */
export async function varGrad(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: NoiseOptions,
): Promise<Tensor4D> {
  const noise = noiseOf('varGrad', options);
  return attribute('varGrad', { model, images, targets, options }, async (batch) => {
    // Deviations from the clean image's gradient: squares of the gradients themselves would cancel.
    const clean = batch.run(signedGradient, { images: batch.images, targets: batch.targets });
    try {
      const moments = await meanOverNoise('varGrad', { ...batch, noise, further: { clean } }, momentsPass);
      return tf.tidy(() => {
        const [mean, square] = tf.split(moments, 2, 3) as [Tensor4D, Tensor4D];
        moments.dispose();
        return tf.relu(tf.sub<Tensor4D>(square, tf.square(mean)));
      });
    } finally {
      clean.dispose();
    }
  });
}

/** Sums of deviations from the clean image's gradient, and of their squares: twice the channels. */
export const momentsPass = noisyPass((gradient, { clean }: NoisyInputs & { clean: Tensor4D }) => {
  const copies = gradient.shape[0] / clean.shape[0];
  const deviation = tf.sub<Tensor4D>(gradient, tf.tile(clean, [copies, 1, 1, 1]));
  return tf.concat([deviation, tf.square(deviation)], 3);
});
