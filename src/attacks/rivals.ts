import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { inputGradient, oneHot, type LogitsFunction } from '../models/inputGradient.js';
import { ascentDirection } from './norms.js';

/** Images with two classes each. (A type, not an interface, so that it is a record of tensors.) */
export type Rivalry = {
  /** [n, H, W, C]. */
  readonly images: Tensor4D;
  /** i, [n], int32. */
  readonly own: Tensor1D;
  /** j, [n], int32. */
  readonly rivals: Tensor1D;
};

/**
 * The margin Ψᵢ − Ψⱼ [n], its gradient's direction [n, H, W, C] of length 1, and the gradient's norm [n]; all 0 where both
 * classes are the same. Pure.
 */
export function marginTo(logits: LogitsFunction, { images, own, rivals }: Rivalry) {
  const difference = (z: tf.Tensor2D) => tf.sub<tf.Tensor2D>(oneHot(own, z), oneHot(rivals, z));
  const pass = inputGradient(logits, images, difference);
  const direction = ascentDirection(pass.gradient, { norm: 'l2', step: 'normalised' });
  const margin = tf.sum<Tensor1D>(tf.mul(pass.logits, difference(pass.logits)), 1);
  // ⟨∇, ∇/‖∇‖⟩ does not underflow, as squares of small gradients do.
  return { margin, direction, norm: tf.sum<Tensor1D>(tf.mul(pass.gradient, direction), [1, 2, 3]) };
}
