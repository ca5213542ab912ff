import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { targetGradient } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import type { Network } from '../models/passes.js';
import { attribute, type AttributionOptions, type Targets } from './attribute.js';

/**
 * Gradient × input: the target logit's gradient times the image, entry by entry, signed.
 *
 * Complete (the entries add up to the logit) for a network of ReLUs without biases.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted'.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If images or targets have another form, or a target is no class of the model.
 * @formula x ⊙ ∂z_c/∂x
 * @cost 1 forward and 1 backward pass.
 * @differs Nothing from captum's InputXGradient.
 * @see Shrikumar et al. 2016, arXiv:1605.01713.
 * @example
 * const maps = await gradientTimesInput(model, images);
 */
export async function gradientTimesInput(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: AttributionOptions = {},
): Promise<Tensor4D> {
  return attribute('gradientTimesInput', { model, images, targets, options }, (batch) =>
    batch.run(pass, { images: batch.images, targets: batch.targets }),
  );
}

const pass = ({ logits }: Network, { images, targets }: { images: Tensor4D; targets: Tensor1D }): Tensor4D =>
  tf.mul<Tensor4D>(targetGradient(logits, images, targets), images);
