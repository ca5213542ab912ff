import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { repeat } from '../compiler/index.js';
import { ArgumentError, checkOptions } from '../errors.js';
import type { Fill } from '../models/draws.js';
import { inputGradient, oneHot, type LogitsFunction } from '../models/inputGradient.js';
import { checkRandom, type Random } from '../random.js';
import { ascentDirection, type Ball, checkBall, type Norm, project, type StepRule } from './norms.js';

/** All lengths are in pixel units: 8/255, never 8. */
export interface PgdOptions {
  /** 'l2' over all H·W·C entries of an image, 'linf' per entry. */
  norm: Norm;
  /** Radius of the ball, ≥ 0; 0 returns the images. */
  epsilon: number;
  /** Default 20. */
  steps?: number;
  /** Length of one step in `norm`; default 2.5 · epsilon / steps. */
  stepSize?: number;
  /** Default 'normalised' for 'l2', 'sign' for 'linf'. With 'l2', 'sign' moves every entry by stepSize / √(H·W·C). */
  step?: StepRule;
  /** Draws the starting point, uniform in the ball; without it the attack starts at `images`. */
  random?: Random;
  /** The labels are classes to reach: their loss is made small. Default false. */
  targeted?: boolean;
  /** Attacks from as many random starts, the best of which counts for each image; default 1. */
  restarts?: number;
}

/** PgdOptions with their defaults filled in, without the starting points. */
export type PgdPlan = Required<Omit<PgdOptions, 'random' | 'restarts'>>;

/**
 * Fills in the defaults and checks the numbers.
 *
 * @throws {ArgumentError} If one is out of range.
 */
export function pgdPlan(options: PgdOptions): PgdPlan {
  checkOptions('pgd', options);
  const { norm, epsilon, steps = 20, random, ...rest } = options;
  const { stepSize = (2.5 * epsilon) / steps, step = norm === 'l2' ? 'normalised' : 'sign' } = rest;
  checkBall('pgd', { norm, epsilon }, '≥ 0');
  if (step !== 'normalised' && step !== 'sign') {
    throw new ArgumentError(`pgd: step must be 'normalised' or 'sign', got ${String(step)}`);
  }
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new ArgumentError(`pgd: steps must be a positive integer, got ${steps}`);
  }
  if (!(stepSize >= 0 && stepSize < Infinity)) {
    throw new ArgumentError(`pgd: stepSize must be a number ≥ 0, got ${stepSize}`);
  }
  const { restarts = 1 } = rest;
  if (!Number.isSafeInteger(restarts) || restarts < 1) {
    throw new ArgumentError(`pgd: restarts must be a positive integer, got ${restarts}`);
  }
  if (restarts > 1 && random === undefined) {
    throw new ArgumentError(`pgd: ${restarts} restarts must have random starts; give random: seeded(0)`);
  }
  if (random !== undefined) checkRandom('pgd', random);
  return { norm, epsilon, steps, stepSize, step, targeted: rest.targeted ?? false };
}

/**
 * Gradient of each image's cross-entropy divided by 1 − p(label), which no step rule feels. Pure.
 *
 * With p the softmax and q the softmax over the other classes, ∂L/∂z = (1 − p_label) · (q − onehot(label)). In float32
 * the first factor is 0 from a margin of about 17 on, and an attack that keeps it stands still: a defence that only
 * saturates the softmax (distillation) would pass for robust.
 *
 * @param labels - [N], int32.
 */
export function attackGradient(logits: LogitsFunction, images: Tensor4D, labels: Tensor1D): Tensor4D {
  return tf.tidy(() => {
    const { gradient } = inputGradient(logits, images, (z) => {
      const label = oneHot(labels, z);
      // exp(−1e9) is 0: the label has no share in q.
      const others = tf.softmax(tf.sub<Tensor2D>(z, tf.mul(label, 1e9)));
      return tf.sub(others, label);
    });
    return gradient;
  });
}

/**
 * The attack as a pure, synchronous function of tensors, for use within a training step. Call it outside any gradient
 * tape: what it computes is a constant for the training.
 *
 * @param gradient - Gradient of the loss at images in the ball, or any positive multiple of it for each image:
 *   `(x) => attackGradient(logits, x, labels)`.
 * @param options - `offset` [N, H, W, C], drawn by `inBall`, moves the starting point.
 * @returns The attacked images; the caller disposes them.
 */
export function perturb(
  gradient: (images: Tensor4D) => Tensor4D,
  images: Tensor4D,
  options: PgdPlan & { offset?: Tensor4D },
): Tensor4D {
  if (options.epsilon === 0) return tf.clone(images);
  const start = begin(images, options);
  try {
    // One loop in a compiled step, whatever the number of steps.
    const last = repeat(options.steps, { images: start }, (state) => {
      // A step keeps type and shape.
      const current = state.images as Tensor4D;
      return { images: attackStep(gradient, { images, current, plan: options }) };
    });
    return last.images as Tensor4D;
  } finally {
    start.dispose();
  }
}

/** One step from `current`, projected to the ball around `images`. Pure. */
export function attackStep(
  gradient: (images: Tensor4D) => Tensor4D,
  { images, current, plan }: { images: Tensor4D; current: Tensor4D; plan: PgdPlan },
): Tensor4D {
  return tf.tidy(() => {
    const length = plan.targeted ? -plan.stepSize : plan.stepSize;
    const move = tf.mul(ascentDirection(gradient(current), plan), length);
    return project(tf.add(current, move), images, plan);
  });
}

/** Where an attack starts: at the images, or moved by `offset` within the ball. Pure. */
export function begin(images: Tensor4D, { offset, ...ball }: Ball & { offset?: Tensor4D }): Tensor4D {
  if (!offset) return tf.clone(images);
  return tf.tidy(() => project(tf.add(images, offset), images, ball));
}

/** Fills one image's offset with a draw that is uniform in the ball (before images are clipped to [0, 1]). */
export function inBall({ norm, epsilon }: Ball): Fill {
  return (row, random) => {
    if (norm === 'linf') {
      for (let i = 0; i < row.length; i++) row[i] = epsilon * (2 * random.uniform() - 1);
      return;
    }
    // A normal direction; the d-th root makes shells of equal volume equally likely.
    let squares = 0;
    for (let i = 0; i < row.length; i++) {
      const value = random.normal();
      row[i] = value;
      squares += value * value;
    }
    const scale = (epsilon * random.uniform() ** (1 / row.length)) / Math.sqrt(squares);
    for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) * scale;
  };
}
