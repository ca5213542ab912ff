import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Classifier } from '../models/model.js';
import { attribute, type Targets } from './attribute.js';
import { meanOverNoise, type NoiseOptions, noiseOf } from './noisyGradients.js';

/**
 * Robust attribution g(f′, x): the mean over n samples of the signed gradient of an adversarially trained network's
 * target logit at x + N(0, σ²).
 *
 * It is `smoothGrad` of a robust network: what makes it robust is the model that is handed in. The paper takes n = 50
 * and does not say σ; 0.15 of the pixels' range here. 'predicted' is the class that f′ gives the clean image. One forward and
 * one backward pass for each sample.
 *
 * @param model - The robust network f′, such as `trainAdversarial` gives.
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted'.
 * @param options - `batchSize` counts noisy copies, which bounds the memory; the maps depend on it only by rounding.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @see Zeng et al. 2021, eq. 4.
 */
export async function robustAttribution(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: NoiseOptions,
): Promise<Tensor4D> {
  const name = 'robustAttribution';
  const noise = noiseOf(name, options);
  return attribute(name, { model, images, targets, options }, (batch) =>
    meanOverNoise(name, { ...batch, noise }, (gradient) => gradient),
  );
}
