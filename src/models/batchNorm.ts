import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { batchNormTraining as normalise } from '../compiler/index.js';

/** PyTorch's default for `nn.BatchNorm2d`. */
const epsilon = 1e-5;
/** PyTorch's default: running = 0.9 · running + 0.1 · batch. */
export const runningMomentum = 0.1;

export interface BatchNormState {
  /** Scale and shift, [C]. */
  readonly weight: Tensor1D;
  readonly bias: Tensor1D;
  /** Running statistics, [C]. */
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

export interface BatchNormResult {
  /** Shaped as the input. */
  readonly output: Tensor4D;
  /** Running statistics after this batch, [C]. */
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/** Batch norm with running statistics: a fixed affine map per channel. */
export function batchNormEvaluation(x: Tensor4D, state: BatchNormState): Tensor4D {
  const { scale, shift } = evaluationScale(state);
  return tf.add(tf.mul(x, scale), shift);
}

/** That map, both [C]. */
export function evaluationScale({ weight, bias, mean, variance }: BatchNormState): {
  scale: Tensor1D;
  shift: Tensor1D;
} {
  const scale = tf.mul<Tensor1D>(weight, tf.rsqrt(tf.add(variance, epsilon)));
  return { scale, shift: tf.sub(bias, tf.mul(mean, scale)) };
}

/**
 * Batch norm with the statistics of this batch, right under derivatives of any order.
 *
 * Normalises by the biased variance and, as PyTorch, moves the running variance by the unbiased one.
 *
 * @param x - [N, H, W, C].
 * @see Ioffe and Szegedy 2015, arXiv:1502.03167.
 */
export function batchNormTraining(
  x: Tensor4D,
  { weight, bias, mean, variance }: BatchNormState,
): BatchNormResult {
  const batch = normalise(x, weight, bias, epsilon);
  return {
    // Shaped as x.
    output: batch.y as Tensor4D,
    mean: moved(mean, batch.mean),
    variance: moved(variance, batch.variance),
  };
}

function moved(running: Tensor1D, batch: Tensor1D): Tensor1D {
  return tf.add(tf.mul(running, 1 - runningMomentum), tf.mul(batch, runningMomentum));
}
