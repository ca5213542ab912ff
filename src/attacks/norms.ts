import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';

/** 'l2' over all H·W·C entries of an image, 'linf' the largest absolute entry. */
export type Norm = 'l2' | 'linf';

/** 'normalised': along the gradient, of unit length in the norm; 'sign': along the gradient's sign. */
export type StepRule = 'normalised' | 'sign';

export interface Ball {
  norm: Norm;
  /** Radius in pixel units, ≥ 0. */
  epsilon: number;
}

/**
 * Checks what a caller gives as a ball.
 *
 * @param least - Whether the radius may be 0.
 * @throws {ArgumentError} If the norm is none, the radius no such number, or so large in 'linf' that it bounds nothing.
 */
export function checkBall(name: string, { norm, epsilon }: Ball, least: '≥ 0' | '> 0'): void {
  // Plain JavaScript may hand in anything.
  if (!['l2', 'linf'].includes(norm))
    throw new ArgumentError(`${name}: norm must be 'l2' or 'linf', got ${String(norm)}`);
  if (!Number.isFinite(epsilon) || epsilon < 0 || (epsilon === 0 && least === '> 0'))
    throw new ArgumentError(
      `${name}: epsilon must be a number ${least}, got ${typeof epsilon === 'string' ? `'${String(epsilon)}'` : String(epsilon)}`,
    );
  if (norm === 'linf' && epsilon > 1)
    throw new ArgumentError(
      `${name}: epsilon must be at most 1 in 'linf', got ${epsilon}; images lie in [0, 1], so ${epsilon} of 255 grey levels are ${epsilon} / 255`,
    );
}

const entries = [1, 2, 3];
const smallestNormal = 2 ** -126;

/** Norm of each image, [N, 1, 1, 1]. Pure. */
export function imageNorms(images: Tensor4D, norm: Norm): Tensor4D {
  return tf.tidy(() =>
    norm === 'l2'
      ? tf.sqrt(tf.sum<Tensor4D>(tf.square(images), entries, true))
      : tf.max<Tensor4D>(tf.abs(images), entries, true),
  );
}

/**
 * Brings images into the ball around `centre` and into [0, 1]: first along the ray to the centre ('l2') or entry by
 * entry ('linf'), then by clipping. Images that are inside stay as they are, bit for bit. Pure.
 *
 * The result is in the ball also after rounding: the radius that is aimed at is smaller than epsilon by what float32
 * can add, 2⁻²⁵ for each entry (half the spacing of numbers below 1) and 2⁻²⁰ · epsilon for the norm's own sum.
 *
 * @param images - [N, H, W, C].
 * @param centre - Shaped as `images`, in [0, 1].
 */
export function project(images: Tensor4D, centre: Tensor4D, { norm, epsilon }: Ball): Tensor4D {
  return tf.tidy(() => {
    const [, height, width, channels] = images.shape;
    if (norm === 'linf') {
      const radius = Math.max(0, epsilon * (1 - 2 ** -20) - 2 ** -25);
      const near = tf.minimum(tf.maximum(images, tf.sub(centre, radius)), tf.add(centre, radius));
      return tf.clipByValue(near as Tensor4D, 0, 1);
    }
    const rounding = Math.sqrt(height * width * channels) * 2 ** -25;
    // Points up to halfway into the margin count as inside, so that a projected point is not projected again.
    const radius = Math.max(0, epsilon * (1 - 2 ** -20) - rounding);
    const bound = Math.max(0, epsilon * (1 - 2 ** -21));
    const difference = tf.sub<Tensor4D>(images, centre);
    const norms = imageNorms(difference, norm);
    const scaled = tf.add(centre, tf.mul(difference, tf.div(radius, tf.maximum(norms, smallestNormal))));
    return tf.clipByValue(tf.where(tf.lessEqual(norms, bound), images, scaled), 0, 1) as Tensor4D;
  });
}

/**
 * Direction of one ascent step, of unit length in the norm. Pure.
 *
 * A zero gradient gives a zero step, never NaN. The gradient is divided by its largest entry before its squares are
 * summed, so that the tiny gradients of a saturated softmax still give a full step.
 *
 * For 'l2' and 'sign' every entry is ±1/√(H·W·C).
 */
export function ascentDirection(
  gradient: Tensor4D,
  { norm, step }: { norm: Norm; step: StepRule },
): Tensor4D {
  return tf.tidy(() => {
    const [, height, width, channels] = gradient.shape;
    if (step === 'sign') {
      return tf.mul(tf.sign(gradient), norm === 'l2' ? 1 / Math.sqrt(height * width * channels) : 1);
    }
    const unit = tf.div<Tensor4D>(gradient, tf.maximum(imageNorms(gradient, 'linf'), smallestNormal));
    // The largest entry is 1 now, hence the l2 norm at least 1 unless the gradient is zero.
    return norm === 'l2' ? tf.div(unit, tf.maximum(imageNorms(unit, 'l2'), 1)) : unit;
  });
}
