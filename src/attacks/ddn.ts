import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { type Batching, type Classes, mapBatches, pause } from '../models/inBatches.js';
import type { LogitsFunction } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { prepare, type Prepared } from '../models/passes.js';
import { attackedClasses } from './attackedClasses.js';
import { ascentDirection, imageNorms } from './norms.js';
import { attackGradient } from './pgdStep.js';

/** How long `ddn` looks, and the ℓ2 sphere that it starts from. */
export interface DdnOptions extends Batching {
  /** Default 100. */
  steps?: number;
  /** The first radius in pixel units; default 1. */
  epsilon?: number;
  /** By which factor the radius shrinks after a step at an adversarial image and grows after another; default 0.05. */
  gamma?: number;
}

/** Where an attack stands. (A type, not an interface, so that it is a record of tensors.) */
type DdnState = {
  /** The clean images [n, H, W, C]. */
  readonly images: Tensor4D;
  readonly current: Tensor4D;
  /** The nearest image of another class so far, or the clean one. */
  readonly best: Tensor4D;
  /** Its distance, [n, 1, 1, 1]; infinite before there is one. */
  readonly nearest: Tensor4D;
  /** Of the sphere that the next point lies on, [n, 1, 1, 1]. */
  readonly radius: Tensor4D;
  /** [n], int32. */
  readonly labels: Tensor1D;
};

type DdnInput = DdnState & { readonly stepSize: tf.Scalar };

/**
 * Decoupled direction and norm: looks for the nearest image of another class, in ℓ2.
 *
 * Each step follows the normalised gradient, with a length that falls from 1 to 0.01, and then goes to a sphere around the
 * image that shrinks while the class is another and grows while it is not.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - Clean images [N, H, W, C], float32 in [0, 1].
 * @param labels - Classes to leave [N], int32 in 0…K−1.
 * @returns Images in [0, 1]; the clean one where no other class was found or it has one already. The caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @throws {InterruptedError} When the user stops the work.
 * @formula x ← Π(x₀ + ρ δ/‖δ‖), δ = x − x₀ + α ∇L/‖∇L‖, ρ ← (1 ∓ γ) ρ where the class is another or not
 * @cost `steps` forward and backward passes, and as many forward passes.
 * @differs Not quantised to 256 levels, which the paper offers.
 * @see Rony et al. 2019, arXiv:1811.09600, algorithm 1; as foolbox's DDNAttack.
 * @example
 * const nearest = await ddn(model, images, labels, { steps: 5 });
 */
export async function ddn(
  model: Classifier,
  images: Tensor4D,
  labels: Classes,
  options: DdnOptions = {},
): Promise<Tensor4D> {
  const plan = ddnPlan('ddn', options);
  const classes = await attackedClasses('ddn', model, { images, labels });
  const stepper = ddnStepper(model, plan, images.shape[0]);
  try {
    return await mapBatches('ddn', images, {
      batchSize: options.batchSize,
      label: options.label,
      body: (batch, { from, to }) =>
        ddnBatch(stepper, { images: batch, labels: classes.subarray(from, to) }, plan),
    });
  } finally {
    stepper.dispose();
  }
}

export type DdnPlan = Required<Omit<DdnOptions, keyof Batching>>;

/** Fills in the defaults. @throws {ArgumentError} If a number is out of range. */
export function ddnPlan(name: string, options: DdnOptions): DdnPlan {
  checkOptions(name, options);
  const { steps = 100, epsilon = 1, gamma = 0.05 } = options;
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new ArgumentError(`${name}: steps must be a positive integer, got ${steps}`);
  if (!(epsilon > 0 && epsilon < Infinity))
    throw new ArgumentError(`${name}: epsilon must be a number > 0, got ${epsilon}`);
  if (!(gamma > 0 && gamma < 1)) throw new ArgumentError(`${name}: gamma must be in (0, 1), got ${gamma}`);
  return { steps, epsilon, gamma };
}

export type DdnStepper = Prepared<DdnInput, Omit<DdnState, 'images' | 'labels'>>;

/** The steps of the attack on `count` images; whoever asks disposes it. */
export function ddnStepper(model: Classifier, plan: DdnPlan, count: number): DdnStepper {
  return prepare(model, count * plan.steps, (logits, state: DdnInput) => ddnStep(logits, state, plan));
}

/** All steps on one batch. */
export async function ddnBatch(
  stepper: DdnStepper,
  { images, labels }: { images: Tensor4D; labels: Int32Array },
  { steps, epsilon }: DdnPlan,
): Promise<Tensor4D> {
  const fixed = { images, labels: tf.tensor1d(labels, 'int32') };
  const column = [images.shape[0], 1, 1, 1] as [number, number, number, number];
  let state: Omit<DdnState, 'images' | 'labels'> = {
    current: tf.clone(images),
    best: tf.clone(images),
    nearest: tf.fill(column, Infinity),
    radius: tf.fill(column, epsilon),
  };
  try {
    for (let step = 0; step < steps; step++) {
      await pause('ddn', `in step ${step + 1}`);
      // Cosine annealing from 1 to 0.01.
      const stepSize = tf.scalar(0.01 + (0.99 * (1 + Math.cos((Math.PI * step) / steps))) / 2);
      const before = state;
      state = stepper.run({ ...fixed, ...before, stepSize });
      tf.dispose([stepSize, ...Object.values(before)]);
    }
    return tf.clone(state.best);
  } finally {
    tf.dispose([fixed.labels, ...Object.values(state)]);
  }
}

/** Looks at the current point, and moves on. Pure. */
function ddnStep(logits: LogitsFunction, state: DdnInput, { gamma }: DdnPlan) {
  const { images, current, best, nearest, radius, labels, stepSize } = state;
  const predicted = tf.argMax<Tensor1D>(logits(current), 1);
  const fooled = tf.reshape(tf.notEqual(predicted, labels), [-1, 1, 1, 1]) as Tensor4D;
  const offset = tf.sub<Tensor4D>(current, images);
  const distance = imageNorms(offset, 'l2');
  const nearer = tf.logicalAnd(fooled, tf.lessEqual(distance, nearest)) as Tensor4D;
  const gradient = attackGradient(logits, current, labels);
  const step = tf.mul(stepSize, ascentDirection(gradient, { norm: 'l2', step: 'normalised' }));
  const moved = tf.add<Tensor4D>(offset, step);
  // Beyond the farthest corner of [0, 1] there is nothing.
  const corner = imageNorms(tf.maximum(images, tf.sub(1, images)), 'l2');
  const scaled = tf.mul(
    radius,
    tf.where(fooled, tf.fill(radius.shape, 1 - gamma), tf.fill(radius.shape, 1 + gamma)),
  );
  const next = tf.minimum<Tensor4D>(scaled, corner);
  const onSphere = tf.mul(moved, tf.div(next, tf.maximum(imageNorms(moved, 'l2'), 2 ** -126)));
  return {
    current: tf.clipByValue(tf.add<Tensor4D>(images, onSphere), 0, 1) as Tensor4D,
    best: tf.where(nearer, current, best),
    nearest: tf.where(nearer, distance, nearest),
    radius: next,
  };
}
