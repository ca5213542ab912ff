import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { oneHot } from '../models/inputGradient.js';
import type { Model } from '../models/model.js';
import { train } from './loop.js';
import { crossEntropy } from './loss.js';
import { trainPlan, type TrainOptions, type TrainResult } from './options.js';
import type { Objective } from './step.js';

/** A training, and the temperature of its softmax. */
export interface StandardOptions extends TrainOptions {
  /**
   * Divides the logits in the softmax; default 1. Papernot's distillation trains its teacher at the student's
   * temperature. The loss is multiplied by it, so that gradients keep their size.
   */
  temperature?: number;
}

/**
 * Trains a network on the cross-entropy with stochastic gradient descent.
 *
 * @param model - The starting point; it stays as it is.
 * @returns A new model, which the caller disposes, and losses and accuracies by epoch.
 * @throws {ArgumentError} If an option is out of range, data and model do not fit, or the checkpoint is another
 * training's.
 * @throws {DataError} If the checkpoint is damaged.
 * @throws {DivergenceError} If a loss is not finite.
 * @throws {InterruptedError} When the user stops the work, after a checkpoint is written.
 * @formula θ ← θ − η v, v ← μ v + ∇_θ mean −log softmax(z)_y + decay · θ
 * @cost 1 forward and 1 backward pass of each image and epoch.
 * @differs As PyTorch's SGD: decay enters the momentum, and the learning rate multiplies v.
 * @see Sutskever et al. 2013, PMLR 28(3):1139, section 2 (momentum); as torch.optim.SGD.
 * @example
 * const { model: trained, history } = await trainStandard(model, train, { epochs: 1, batchSize: 16, random, quiet: true });
 */
export async function trainStandard(
  model: Model,
  dataset: Dataset,
  options: StandardOptions,
): Promise<TrainResult> {
  const plan = trainPlan('trainStandard', options);
  const { temperature = 1 } = options;
  checkTemperature('trainStandard', temperature);
  const objective = standardObjective(model, { temperature });
  return train(model, dataset, { name: 'trainStandard', plan, objective, identity: { temperature } });
}

/** Cross-entropy at a temperature, times that temperature; batch norm in training mode. */
export function standardObjective(
  model: Model,
  { temperature = 1 }: { temperature?: number } = {},
): Objective {
  return {
    evaluate(state, { images, labels }) {
      const { logits, buffers } = model.apply(state, images, { training: true });
      const cool = temperature === 1 ? logits : tf.div<Tensor2D>(logits, temperature);
      const loss = crossEntropy(cool, oneHot(labels, logits));
      return { loss: tf.mul<Scalar>(loss, temperature), logits, buffers };
    },
  };
}

/** @throws {ArgumentError} Unless it is a positive number. */
export function checkTemperature(name: string, temperature: number): void {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new ArgumentError(`${name}: temperature must be a number > 0, got ${temperature}`);
  }
}
