import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ascentDirection, imageNorms, type Norm } from '../attacks/norms.js';
import { attackGradient } from '../attacks/pgdStep.js';
import { repeat } from '../compiler/index.js';
import type { Classifier } from '../models/model.js';
import { prepare, type Prepared } from '../models/passes.js';

type Inputs = {
  /** [N, H, W, C]. */
  images: Tensor4D;
  /** [N], int32. */
  labels: Tensor1D;
  /** Radius in pixel units, > 0. */
  epsilon: Scalar;
};

type Outputs = { attacked: Tensor4D; logits: Tensor2D };

/**
 * Projected gradient descent whose radius is an input, so that dragging it compiles nothing anew.
 *
 * Equal to `pgd` with steps of 2.5 ε / steps from the image itself, up to rounding.
 */
export function liveAttack(
  model: Classifier,
  { norm, steps }: { norm: Norm; steps: number },
): Prepared<Inputs, Outputs> {
  const step = norm === 'l2' ? 'normalised' : 'sign';
  return prepare<Inputs, Outputs>(model, Infinity, (logits, { images, labels, epsilon }) => {
    const { attacked } = repeat(steps, { attacked: images }, ({ attacked }) => {
      // A step keeps type and shape.
      const current = attacked as Tensor4D;
      const direction = ascentDirection(attackGradient(logits, current, labels), { norm, step });
      const moved = tf.add(current, tf.mul(direction, tf.mul(epsilon, 2.5 / steps)));
      const offset = within(tf.sub<Tensor4D>(moved, images), epsilon, norm);
      return { attacked: tf.clipByValue(tf.add(images, offset), 0, 1) };
    });
    return { attacked: attacked as Tensor4D, logits: logits(attacked as Tensor4D) };
  });
}

/** Shortens offsets to the radius. */
function within(offset: Tensor4D, epsilon: Scalar, norm: Norm): Tensor4D {
  if (norm === 'linf') return tf.maximum(tf.minimum(offset, epsilon), tf.neg(epsilon));
  return tf.mul(offset, tf.minimum(1, tf.div(epsilon, tf.maximum(imageNorms(offset, 'l2'), 1e-12))));
}
