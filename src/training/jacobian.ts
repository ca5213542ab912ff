import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { crossEntropySeed, inputGradient, type LogitsSeed } from '../models/inputGradient.js';
import type { Model, Tensors } from '../models/model.js';
import { train } from './loop.js';
import { crossEntropy, oneHot } from './loss.js';
import { trainPlan, type TrainOptions, type TrainResult } from './options.js';
import type { Objective, StepInputs, TrainState } from './step.js';

/**
 * What is kept small, as a mean over the batch, in pixel space:
 *
 * - 'squared': ‖∇ₓ loss‖₂², Ross and Doshi-Velez 2018;
 * - 'unsquared': ‖∇ₓ loss‖₂, as the paper's formula prints it;
 * - 'projections': ‖J‖²_F of the logits' Jacobian J, as the paper's text says it, estimated without bias from random
 *   directions, Hoffman et al. 2019.
 */
export type JacobianForm = 'squared' | 'unsquared' | 'projections';

export interface JacobianOptions extends TrainOptions {
  /** Weight of the term, ≥ 0; default 0.5. In normalised space the squared norm is about 25 times smaller. */
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
 * @see Ross and Doshi-Velez 2018, arXiv:1711.09404; Hoffman et al. 2019, arXiv:1908.02729.
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
  const method = { lambda, form, projections };
  const objective = jacobianObjective(model, { ...method, classes: dataset.classes.length });
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
      const pass = differentiatedPass(model, state, inputs);
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
      const entropy = crossEntropy(logits, oneHot(labels, logits.shape[1]));
      const loss = tf.add<Scalar>(entropy, tf.mul(lambda, tf.mean(term)));
      return { loss, logits, buffers };
    },
    draw(random, [count]) {
      if (form !== 'projections') return {};
      const draw = () => {
        const values = Float32Array.from({ length: count * classes }, () => random.normal());
        return tf.tensor2d(values, [count, classes]);
      };
      return Object.fromEntries(Array.from({ length: projections }, (_, p) => [`direction ${p}`, draw()]));
    },
  };
}
