import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { crossEntropySeed, inputGradient, oneHot, type LogitsSeed } from '../models/inputGradient.js';
import type { Model, Tensors } from '../models/model.js';
import type { Random } from '../random.js';
import { classCount } from './classes.js';
import { train } from './loop.js';
import { crossEntropy } from './loss.js';
import { trainPlan, type TrainOptions, type TrainResult } from './options.js';
import type { Objective, TrainState } from './step.js';

/**
 * What is kept small, as a mean over the batch, in pixel space:
 *
 * - 'squared': ‖∇ₓ loss‖₂², Ross and Doshi-Velez 2018;
 * - 'unsquared': ‖∇ₓ loss‖₂, as the paper's formula prints it;
 * - 'projections': ‖J‖²_F of the logits' Jacobian J, as the paper's text says it, estimated without bias from random
 *   directions, Hoffman et al. 2019.
 */
export type JacobianForm = 'squared' | 'unsquared' | 'projections';

/** A training, and what is kept small in it. */
export interface JacobianOptions extends TrainOptions {
  /** Weight of the term, ≥ 0; default 0.5. With images of unit deviation the squared norm is about 16 times smaller (0.25²). */
  lambda?: number;
  /** Default 'squared'. */
  form?: JacobianForm;
  /** Random directions per image and step for 'projections'; default 1. */
  projections?: number;
}

/**
 * Trains a network on the cross-entropy plus λ times the size of its input gradients (Jacobian regularisation).
 *
 * The gradients are those of the network in training mode, one backward pass for the whole batch: through batch norm's
 * statistics an image's row also holds the little by which it moves the other images' losses.
 *
 * @param model - The starting point; it stays as it is.
 * @returns A new model, which the caller disposes, and losses (with the term) and accuracies by epoch.
 * @throws As `trainStandard`.
 * @differs Zeng et al. print the norm unsquared and speak of the squared norm of the logits' Jacobian: `form`. Pixel space, before
 *   the model's normalisation.
 * @see Ross and Doshi-Velez 2018, arXiv:1711.09404; Hoffman et al. 2019, arXiv:1908.02729.
 * @formula mean −log softmax(z)_y + λ · mean ‖∇_x −log softmax(z)_y‖₂² ('squared'); its root ('unsquared'); ‖∇_x ⟨v, z⟩‖₂² for random directions v ('projections')
 * @cost 1 forward and 1 backward pass of each image and epoch, and 1 backward pass through both; 'projections' more than 1
 *   adds a backward pass for each.
 * @example
 * const options = { lambda: 0.1, epochs: 1, batchSize: 16, random, quiet: true };
 * const { model: smooth } = await trainJacobian(model, train, options);
 */
export async function trainJacobian(
  model: Model,
  dataset: Dataset,
  options: JacobianOptions,
): Promise<TrainResult> {
  const plan = trainPlan('trainJacobian', options);
  const { lambda = 0.5, form = 'squared', projections = 1 } = options;
  if (!(lambda >= 0 && lambda < Infinity)) {
    throw new ArgumentError(`trainJacobian: lambda must be a number ≥ 0, got ${lambda}`);
  }
  if (form !== 'squared' && form !== 'unsquared' && form !== 'projections') {
    throw new ArgumentError(
      `trainJacobian: form must be 'squared', 'unsquared' or 'projections', got ${String(form)}`,
    );
  }
  if (!Number.isSafeInteger(projections) || projections < 1) {
    throw new ArgumentError(`trainJacobian: projections must be a positive integer, got ${projections}`);
  }
  const classes = classCount('trainJacobian', model, dataset);
  const method = { lambda, form, projections };
  const objective = jacobianObjective(model, { ...method, classes });
  return train(model, dataset, { name: 'trainJacobian', plan, objective, identity: method });
}

/** Cross-entropy + λ · term, right in its derivatives with respect to the parameters. */
export function jacobianObjective(
  model: Model,
  options: Required<Pick<JacobianOptions, 'lambda' | 'form' | 'projections'>> & { classes: number },
): Objective {
  const { lambda, form, projections, classes } = options;
  return {
    evaluate(state, inputs) {
      const pass = differentiatedPass(model, state, inputs.images);
      const { labels, draws } = inputs;
      const first = form === 'projections' ? directionSeed(draws, 0) : crossEntropySeed(labels);
      const { gradient, logits, buffers } = pass(first);
      const sizes = [squaredNorms(gradient)];
      for (let p = 1; form === 'projections' && p < projections; p++) {
        sizes.push(squaredNorms(pass(directionSeed(draws, p)).gradient));
      }
      const squares = tf.addN(sizes);
      // The square root has no slope at 0, where the network is constant.
      const term = form === 'unsquared' ? tf.sqrt(tf.maximum(squares, 1e-24)) : tf.div(squares, sizes.length);
      const entropy = crossEntropy(logits, oneHot(labels, logits));
      const loss = tf.add<Scalar>(entropy, tf.mul(lambda, tf.mean(term)));
      return { loss, logits, buffers };
    },
    draw(random, [count]) {
      if (form !== 'projections') return {};
      return Object.fromEntries(
        Array.from({ length: projections }, (_, p) => [
          directionName(p),
          directions(random, [count, classes]),
        ]),
      );
    },
  };
}

/** A pass in training mode, differentiated in the images, with the running statistics after it. */
function differentiatedPass(model: Model, state: TrainState, images: Tensor4D) {
  return (seed: LogitsSeed): { gradient: Tensor4D; logits: Tensor2D; buffers: Tensors } => {
    let kept: Tensors = {};
    const forward = (x: Tensor4D) => {
      const { logits, buffers } = model.apply(state, x, { training: true });
      // The gradient frees what its function computes, except for what is kept.
      kept = copies(buffers);
      for (const buffer of Object.values(kept)) tf.keep(buffer);
      return logits;
    };
    try {
      return { ...inputGradient(forward, images, seed), buffers: copies(kept) };
    } finally {
      tf.dispose(Object.values(kept));
    }
  };
}

function copies(tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
}

function squaredNorms(gradient: Tensor4D): Tensor1D {
  return tf.sum<Tensor1D>(tf.square(gradient), [1, 2, 3]);
}

function directionName(index: number): string {
  return `direction ${index}`;
}

function directionSeed(draws: Tensors, index: number): LogitsSeed {
  // Drawn below as [N, K].
  return () => draws[directionName(index)] as Tensor2D;
}

/** Rows [N, K] uniform on the sphere of radius √K, for which the mean of ‖v·J‖² is ‖J‖²_F. */
function directions(random: Random, [count, classes]: readonly [number, number]): Tensor2D {
  const values = Float32Array.from({ length: count * classes }, () => random.normal());
  for (let row = 0; row < count; row++) {
    const entries = values.subarray(row * classes, (row + 1) * classes);
    const length = Math.hypot(...entries);
    for (let i = 0; i < classes; i++) entries[i] = ((entries[i] ?? 0) * Math.sqrt(classes)) / length;
  }
  return tf.tensor2d(values, [count, classes]);
}
