import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { BatchPlan } from '../data/batches.js';
import type { Tensors } from '../models/model.js';
import type { Random } from '../random.js';
import { sgd } from './optimizer.js';

/** All tensors that a training carries from step to step. (A type, not an interface, so that tf.tidy returns it.) */
export type TrainState = {
  readonly params: Tensors;
  readonly buffers: Tensors;
  /** By the parameters' names. */
  readonly momentum: Tensors;
  /** What an objective reads and no step changes: a teacher's weights. */
  readonly fixed: Tensors;
};

/** What a step is fed from outside: a batch's place in the data set, and what was drawn for it. */
export interface StepFeed {
  readonly batch: BatchPlan;
  readonly learningRate: number;
  /** Whoever feeds the step disposes them. */
  readonly draws: Tensors;
}

/** All tensors that a step works on. */
export interface StepInputs {
  /** float32 [N, H, W, C] in [0, 1]. */
  readonly images: Tensor4D;
  /** int32 [N]. */
  readonly labels: Tensor1D;
  readonly learningRate: Scalar;
  /** The step's random numbers, drawn by the objective. */
  readonly draws: Tensors;
}

export type StepOutputs = {
  /** Mean over the batch. */
  readonly loss: Scalar;
  /** How many images of the batch were classified correctly before the update. */
  readonly correct: Scalar;
};

/** A pure function of tensors, fit for tracing: no value is read, nothing is drawn, every tensor is declared. */
export type Step = (state: TrainState, inputs: StepInputs) => { state: TrainState; outputs: StepOutputs };

export interface Evaluation {
  readonly loss: Scalar;
  /** [N, K]. */
  readonly logits: Tensor2D;
  /** The running statistics after this batch. */
  readonly buffers: Tensors;
}

/** What distinguishes one training from another. */
export interface Objective {
  /** The loss, differentiated in `state.params`; called within a gradient tape. Pure. */
  evaluate(state: TrainState, inputs: StepInputs): Evaluation;
  /** Replaces the images before, outside the tape. Pure. */
  attack?(state: TrainState, inputs: StepInputs): Tensor4D;
  /** Draws the random numbers of a batch of images of this shape. */
  draw?(random: Random, shape: Tensor4D['shape']): Tensors;
  /** Computes, outside the step, what else it is fed beside `draw`'s tensors. */
  supply?(random: Random, batch: StepBatch): Promise<Tensors>;
  /** Becomes `state.fixed`; the training works on copies. */
  readonly fixed?: Tensors;
}

/** A step's images, augmented, and where they come from. */
export interface StepBatch extends BatchPlan {
  readonly images: Tensor4D;
  readonly labels: Tensor1D;
}

export interface Descent {
  momentum: number;
  weightDecay: number;
}

/** The step of a training: attack, loss, gradient, update. */
export function trainingStep(objective: Objective, descent: Descent): Step {
  return (state, inputs) => {
    const images = objective.attack?.(state, inputs) ?? inputs.images;
    const { loss, logits, buffers, gradients } = differentiate(objective, state, { ...inputs, images });
    const { learningRate, labels } = inputs;
    const { params, momentum } = sgd(state, gradients, { ...descent, learningRate });
    const hits = tf.equal(tf.argMax(logits, 1), labels);
    const correct = tf.sum<Scalar>(tf.cast(hits, 'float32'));
    return { state: { params, buffers, momentum, fixed: state.fixed }, outputs: { loss, correct } };
  };
}

/** An objective's value and its gradient in the parameters. */
export function differentiate(
  objective: Objective,
  state: TrainState,
  inputs: StepInputs,
): Evaluation & { gradients: Tensors } {
  const names = Object.keys(state.params);
  // tf.valueAndGrads frees what its function computes, except for what is kept.
  let kept: Omit<Evaluation, 'loss'> | undefined;
  try {
    const { value, grads } = tf.valueAndGrads((...values: Tensor[]) => {
      const params = named(names, values);
      const { loss, logits, buffers } = objective.evaluate({ ...state, params }, inputs);
      const copies = Object.values(buffers).map((buffer) => tf.keep(tf.clone(buffer)));
      kept = { logits: tf.keep(tf.clone(logits)), buffers: named(Object.keys(buffers), copies) };
      return loss;
    })(Object.values(state.params));
    if (!kept) throw new TypeError('differentiate: tf.valueAndGrads did not run its function');
    const buffers = Object.values(kept.buffers).map((buffer) => tf.clone(buffer));
    return {
      loss: value as Scalar,
      logits: tf.clone(kept.logits),
      buffers: named(Object.keys(kept.buffers), buffers),
      gradients: named(names, grads),
    };
  } finally {
    tf.dispose(
      [kept?.logits, ...Object.values(kept?.buffers ?? {})].filter((tensor) => tensor !== undefined),
    );
  }
}

function named(names: readonly string[], tensors: readonly Tensor[]): Tensors {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor]));
}
