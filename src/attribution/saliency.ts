import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkOptions } from '../errors.js';
import { targetGradient } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import type { Network } from '../models/passes.js';
import { attribute, type AttributionOptions, type Targets } from './attribute.js';

/** Whether the gradient keeps its sign. */
export interface SaliencyOptions extends AttributionOptions {
  /** |∂z/∂x| (default), or the signed gradient. */
  absolute?: boolean;
}

/**
 * Saliency: the gradient of the target's logit in the image.
 *
 * The logit z_c, not the loss or a probability: a saturated softmax has no gradient.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted', the largest logit.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If images or targets have another form, or a target is no class of the model.
 * @formula |∂z_c/∂x|, signed with `absolute: false`
 * @cost 1 forward and 1 backward pass.
 * @differs Channels are kept, as in captum's Saliency: Simonyan et al. show their maximum, Zeng et al. rank pixels by
 * their sum.
 * @see Simonyan et al. 2014, arXiv:1312.6034, section 3.
 * @example
 * const maps = await saliency(model, images);
 * const signed = await saliency(model, images, labels, { absolute: false });
 */
export async function saliency(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: SaliencyOptions = {},
): Promise<Tensor4D> {
  checkOptions('saliency', options);
  const { absolute = true } = options;
  const pass = absolute ? absoluteGradient : signedGradient;
  return attribute('saliency', { model, images, targets, options }, ({ run, images, targets }) =>
    run(pass, { images, targets }),
  );
}

type Inputs = { images: Tensor4D; targets: Tensor1D };

/** The target logit's gradient. */
export const signedGradient = ({ logits }: Network, { images, targets }: Inputs): Tensor4D =>
  targetGradient(logits, images, targets);

export const absoluteGradient = (network: Network, inputs: Inputs): Tensor4D =>
  tf.abs(signedGradient(network, inputs));
