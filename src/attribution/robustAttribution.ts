import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Classifier } from '../models/model.js';
import { attribute, type Targets } from './attribute.js';
import { meanOverNoise, type NoiseOptions, noiseOf } from './noisyGradients.js';
import { signedSum } from './smoothGrad.js';

/**
 * Robust attribution g(f′, x): the mean over n samples of the signed gradient of an adversarially trained network's
 * target logit at x + N(0, σ²).
 *
 * It is `smoothGrad` of a robust network: what makes it robust is the model that is handed in. 'predicted' is the class
 * that f′ gives the clean image.
 *
 * @param model - The robust network f′, such as `trainAdversarial` gives.
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted'.
 * @param options - `batchSize` counts noisy copies, which bounds the memory; the maps depend on it only by rounding.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @formula g(f′, x) = 1/n Σᵢ ∂z_c/∂x (x + εᵢ), εᵢ ~ N(0, σ²), z the logits of f′
 * @cost `samples` forward and backward passes.
 * @differs n = 50 is the paper's; it gives no σ, here 0.15 of the pixels' range.
 * @see Zeng et al. 2021, PMLR 157:753, eq. 4.
 * @example
 * const attack = { norm: 'l2', epsilon: 1, steps: 2 } as const;
 * const { model: robust } = await trainAdversarial(model, train, { epochs: 1, attack, random });
 * const maps = await robustAttribution(robust, images, 'predicted', { samples: 10, random });
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
    meanOverNoise(name, { ...batch, noise, further: {} }, signedSum),
  );
}
