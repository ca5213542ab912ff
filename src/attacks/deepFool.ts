import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { type Batching, type Classes, mapBatches, pause } from '../models/inBatches.js';
import { logitsOf } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { prepare } from '../models/passes.js';
import { attackedClasses } from './attackedClasses.js';
import { marginTo } from './rivals.js';

/** How often `deepFool` steps to a boundary, and how far beyond it. */
export interface DeepFoolOptions extends Batching {
  /** At most; default 50. */
  steps?: number;
  /** By which share each point lies beyond the linearised boundary; default 0.02. */
  overshoot?: number;
}

/**
 * DeepFool: goes to the nearest boundary of the linearised network, again and again, until the class is another; ℓ2.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - Clean images [N, H, W, C], float32 in [0, 1].
 * @param labels - Classes to leave [N], int32 in 0…K−1.
 * @returns Images in [0, 1]; those that have another class already as they are. The caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @throws {InterruptedError} When the user stops the work.
 * @formula x ← x₀ + (1 + overshoot) Σ r, r = −(Ψᵢ − Ψⱼ)/‖∇(Ψᵢ − Ψⱼ)‖² · ∇(Ψᵢ − Ψⱼ) for the nearest class j
 * @cost K forward and backward passes for each step, and 1 forward pass; seldom more than 5 steps.
 * @differs All classes are rivals, and 1e-4 is added to each step's length, as in foolbox's L2DeepFoolAttack.
 * @see Moosavi-Dezfooli et al. 2016, arXiv:1511.04599, algorithm 2.
 * @example
 * const nearest = await deepFool(model, images, labels, { steps: 5 });
 */
export async function deepFool(
  model: Classifier,
  images: Tensor4D,
  labels: Classes,
  options: DeepFoolOptions = {},
): Promise<Tensor4D> {
  checkOptions('deepFool', options);
  const { steps = 50, overshoot = 0.02 } = options;
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new ArgumentError(`deepFool: steps must be a positive integer, got ${steps}`);
  if (!(overshoot >= 0 && overshoot < Infinity))
    throw new ArgumentError(`deepFool: overshoot must be a number ≥ 0, got ${overshoot}`);
  const classes = await attackedClasses('deepFool', model, { images, labels });
  const stepper = deepFoolStepper(model, images, images.shape[0]);
  try {
    return await mapBatches('deepFool', images, {
      batchSize: options.batchSize,
      label: options.label,
      body: (batch, { from, to }) =>
        deepFoolBatch(stepper, { images: batch, labels: classes.subarray(from, to) }, { steps, overshoot }),
    });
  } finally {
    stepper.dispose();
  }
}

/** The nearest boundary so far. (Types, not interfaces, so that they are records of tensors.) */
type Nearest = {
  /** [n, 1, 1, 1]. */
  readonly distance: Tensor4D;
  /** The step to it, [n, H, W, C]. */
  readonly step: Tensor4D;
};
type Considered = Nearest & { readonly images: Tensor4D; readonly own: Tensor1D; readonly rivals: Tensor1D };

export interface DeepFoolStepper {
  /** K. */
  readonly classes: number;
  /** Whether each image's class is another than its own, bool [n]; the caller disposes it. */
  fooled(images: Tensor4D, own: Tensor1D): Tensor1D;
  /** The nearer one of the boundary so far and that to `rivals`; the caller disposes both tensors. */
  consider(input: Considered): Nearest;
  dispose(): void;
}

/**
 * What the attack asks of a model; whoever asks for it disposes it.
 *
 * @param images - Some of those to come, of which there are `count`.
 */
export function deepFoolStepper(model: Classifier, images: Tensor4D, count: number): DeepFoolStepper {
  const classes = tf.tidy(() => logitsOf(model)(tf.slice(images, 0, 1)).shape[1]);
  const passes = count * classes;
  const look = prepare(model, passes, (logits, input: { images: Tensor4D; own: Tensor1D }) => ({
    fooled: tf.notEqual(tf.argMax(logits(input.images), 1), input.own) as Tensor1D,
  }));
  const consider = prepare(model, passes, (logits, input: Considered) => {
    const { margin, direction, norm } = marginTo(logits, input);
    const column = (values: Tensor1D) => tf.reshape(values, [-1, 1, 1, 1]) as Tensor4D;
    const distance = tf.div<Tensor4D>(column(tf.abs(margin)), tf.maximum(column(norm), 2 ** -126));
    const other = column(tf.notEqual(input.own, input.rivals) as Tensor1D);
    const nearer = tf.logicalAnd(other, tf.less(distance, input.distance));
    const step = tf.mul<Tensor4D>(direction, tf.neg(tf.add(distance, 1e-4)));
    return {
      distance: tf.where(nearer, distance, input.distance),
      step: tf.where(nearer, step, input.step),
    };
  });
  return {
    classes,
    fooled: (images, own) => look.run({ images, own }).fooled,
    consider: (input) => consider.run(input),
    dispose: () => {
      look.dispose();
      consider.dispose();
    },
  };
}

/** All steps on one batch; the caller disposes the images. */
export async function deepFoolBatch(
  stepper: DeepFoolStepper,
  { images, labels }: { images: Tensor4D; labels: Int32Array },
  { steps, overshoot }: { steps: number; overshoot: number },
): Promise<Tensor4D> {
  const own = tf.tensor1d(labels, 'int32');
  let state = { current: tf.clone(images), total: tf.zerosLike(images) };
  try {
    for (let step = 0; step < steps; step++) {
      await pause('deepFool', `in step ${step + 1}`);
      const fooled = stepper.fooled(state.current, own);
      const nearest = (await fooled.data()).every(Boolean)
        ? undefined
        : nearestOf(stepper, state.current, own);
      const before = state;
      if (nearest) state = advanced({ ...state, images, fooled }, nearest.step, overshoot);
      tf.dispose(nearest ? [fooled, ...Object.values(nearest), ...Object.values(before)] : fooled);
      if (!nearest) break;
    }
    return tf.clone(state.current);
  } finally {
    tf.dispose([own, ...Object.values(state)]);
  }
}

function nearestOf(stepper: DeepFoolStepper, images: Tensor4D, own: Tensor1D): Nearest {
  let nearest: Nearest = {
    distance: tf.fill([images.shape[0], 1, 1, 1], Infinity) as Tensor4D,
    step: tf.zerosLike(images),
  };
  for (let rival = 0; rival < stepper.classes; rival++) {
    const rivals = tf.fill<tf.Rank.R1>([images.shape[0]], rival, 'int32');
    const before = nearest;
    nearest = stepper.consider({ ...before, images, own, rivals });
    tf.dispose([rivals, ...Object.values(before)]);
  }
  return nearest;
}

function advanced(
  { images, current, total, fooled }: Record<'images' | 'current' | 'total', Tensor4D> & { fooled: Tensor1D },
  step: Tensor4D,
  overshoot: number,
) {
  return tf.tidy(() => {
    const sum = tf.add<Tensor4D>(total, step);
    const next = tf.clipByValue(tf.add<Tensor4D>(images, tf.mul(sum, 1 + overshoot)), 0, 1);
    const done = tf.reshape(fooled, [-1, 1, 1, 1]);
    return { current: tf.where(done, current, next) as Tensor4D, total: sum };
  });
}
