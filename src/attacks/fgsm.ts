import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkOptions } from '../errors.js';
import type { Batching, Classes } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import type { Norm } from './norms.js';
import { pgd } from './pgd.js';

/** All lengths are in pixel units: 8/255, never 8. */
export interface FgsmOptions extends Batching {
  /** Radius of the ball, ≥ 0, and length of the step. */
  epsilon: number;
  /** Default 'linf', the sign; 'l2' follows the gradient itself. */
  norm?: Norm;
  /** The labels are classes to reach. Default false. */
  targeted?: boolean;
}

/**
 * Fast gradient sign method: one step of `pgd` of the ball's whole radius, from the images. One forward and one
 * backward pass; a weak attack, which a network can resist without being robust.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - Clean images [N, H, W, C], float32 in [0, 1].
 * @param labels - True classes [N], int32 in 0…K−1.
 * @returns As `pgd`; the caller disposes them.
 * @throws As `pgd`.
 * @formula x + epsilon · sign ∇L, L the cross-entropy
 * @cost 1 forward and 1 backward pass.
 * @differs Steps from images in [0, 1] and clips to them; `norm: 'l2'` is the fast gradient method. As torchattacks' FGSM.
 * @see Goodfellow et al. 2015, arXiv:1412.6572.
 * @example
 * const attacked = await fgsm(model, images, labels, { epsilon: 8 / 255 });
 */
export async function fgsm(
  model: Classifier,
  images: Tensor4D,
  labels: Classes,
  options: FgsmOptions,
): Promise<Tensor4D> {
  checkOptions('fgsm', options);
  const { norm = 'linf', epsilon } = options;
  return pgd(model, images, labels, { ...options, norm, epsilon, steps: 1, stepSize: epsilon });
}
