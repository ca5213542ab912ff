import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkNetwork } from '../models/classifier.js';
import { targetGradient } from '../models/inputGradient.js';
import type { Model } from '../models/model.js';
import type { Network } from '../models/passes.js';
import { attribute, type AttributionOptions, type Targets } from './attribute.js';
import { logitsWithRelu } from './reluRule.js';

/**
 * Guided backprop: the gradient of the target's logit, in which every ReLU passes back positive numbers only, signed.
 *
 * Adebayo et al. 2018 show that it hardly depends on the upper layers' weights.
 *
 * @param model - A network of ReLUs; a plain function or a tf.LayersModel will not do.
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted'.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form, or a target is no class of the model.
 * @formula ∂z_c/∂x, in which the ReLU y = max(u, 0) passes back max(∂z/∂y, 0)·[u > 0]
 * @cost 1 forward and 1 backward pass.
 * @differs Nothing from captum's GuidedBackprop on a network with one `nn.ReLU` module for each use.
 * @see Springenberg et al. 2015, arXiv:1412.6806; as captum's GuidedBackprop.
 * @example
 * const maps = await guidedBackprop(model, images);
 */
export async function guidedBackprop(
  model: Model,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: AttributionOptions = {},
): Promise<Tensor4D> {
  checkNetwork('guidedBackprop', model, 'the ReLUs of others are out of reach');
  return attribute('guidedBackprop', { model, images, targets, options }, ({ run, images, targets }) =>
    run(guidedPass, { images, targets }),
  );
}

export const guidedPass = (
  network: Network,
  { images, targets }: { images: Tensor4D; targets: Tensor1D },
): Tensor4D => targetGradient(logitsWithRelu('guidedBackprop', network, guidedRelu), images, targets);

/** max(x, 0), whose gradient is max(dy, 0) where x > 0, else 0. */
function guidedRelu(x: Tensor4D): Tensor4D {
  return tf.customGrad((input, save) => {
    const value = tf.relu(input as Tensor4D);
    // tfjs calls the function with a list of tensors and, last, a function that saves some.
    (save as tf.GradSaveFunc)([value]);
    return {
      value,
      gradFunc: (dy: Tensor4D, [y]: Tensor[]) => tf.mul(tf.relu(dy), tf.step(y as Tensor4D)),
    };
  })(x);
}
