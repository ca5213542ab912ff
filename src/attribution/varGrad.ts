import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Classifier } from '../models/model.js';
import { attribute, type Targets } from './attribute.js';
import { meanOverNoise, noiseOf, type NoisyInputs, noisyPass } from './noisyGradients.js';
import { absoluteGradient, signedGradient } from './saliency.js';
import type { SmoothGradOptions } from './smoothGrad.js';

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
  options: SmoothGradOptions,
): Promise<Tensor4D> {
  const noise = noiseOf('varGrad', options);
  const { absolute = false } = options;
  return attribute('varGrad', { model, images, targets, options }, async (batch) => {
    // Deviations from the clean image's gradient: squares of the gradients themselves would cancel.
    const { images, targets, run } = batch;
    const clean = run(absolute ? absoluteGradient : signedGradient, { images, targets });
    try {
      const pass = absolute ? absoluteMoments : momentsPass;
      const moments = await meanOverNoise('varGrad', { ...batch, noise, further: { clean } }, pass);
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

type Inputs = NoisyInputs & { clean: Tensor4D };

/** Sums of deviations from the clean image's gradient, and of their squares: twice the channels. */
export const momentsPass = noisyPass((gradient, { clean }: Inputs) => deviations(gradient, clean));
const absoluteMoments = noisyPass((gradient, { clean }: Inputs) => deviations(tf.abs(gradient), clean));

function deviations(values: Tensor4D, clean: Tensor4D): Tensor4D {
  const copies = values.shape[0] / clean.shape[0];
  const deviation = tf.sub<Tensor4D>(values, tf.tile(clean, [copies, 1, 1, 1]));
  return tf.concat([deviation, tf.square(deviation)], 3);
}
