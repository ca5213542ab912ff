import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Tensors } from '../models/model.js';

export interface SgdOptions {
  learningRate: Scalar;
  /** Share of the last step that is kept, in [0, 1). */
  momentum: number;
  /** Added to the gradient as weightDecay · parameter, for every parameter, as PyTorch's SGD adds it. */
  weightDecay: number;
}

/** What one step of gradient descent changes; both by the parameters' names. */
export interface SgdState {
  readonly params: Tensors;
  readonly momentum: Tensors;
}

/**
 * One step of stochastic gradient descent with momentum, pure: v ← momentum · v + (g + weightDecay · p),
 * p ← p − learningRate · v.
 *
 * @see torch.optim.SGD, without dampening and Nesterov's variant.
 */
export function sgd({ params, momentum }: SgdState, gradients: Tensors, options: SgdOptions): SgdState {
  const next: { params: Record<string, Tensor>; momentum: Record<string, Tensor> } = {
    params: {},
    momentum: {},
  };
  for (const [name, param] of Object.entries(params)) {
    const [gradient, velocity] = [gradients[name], momentum[name]];
    if (!gradient || !velocity) throw new TypeError(`sgd: '${name}' has no gradient or no momentum`);
    const decayed =
      options.weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(param, options.weightDecay));
    const moved =
      options.momentum === 0 ? tf.clone(decayed) : tf.add(tf.mul(velocity, options.momentum), decayed);
    next.momentum[name] = moved;
    next.params[name] = tf.sub(param, tf.mul(moved, options.learningRate));
  }
  return next;
}
