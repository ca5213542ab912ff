import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import type { Model, ModelState, Tensors } from '../models/model.js';
import { classCount } from './classes.js';
import { train } from './loop.js';
import { crossEntropy, entropy } from './loss.js';
import { trainPlan, type TrainOptions, type TrainResult } from './options.js';
import { checkTemperature } from './standard.js';
import type { Objective } from './step.js';

/** A training, the network it learns from, and the temperatures of both. */
export interface DistillOptions extends TrainOptions {
  /** The network whose softened output is learned; it stays as it is. */
  teacher: Model;
  /** T of the teacher's softmax; default 100. */
  temperature?: number;
  /** T of the student's softmax; default `temperature`. With 1 the student learns the soft labels as they are. */
  studentTemperature?: number;
  /**
   * Multiplies the loss by the square of the student's temperature, as Hinton says; default true. Without it gradients
   * shrink by that square, and at T = 100 the student hardly learns.
   */
  scaled?: boolean;
}

/**
 * Trains a network on another's softened output (defensive distillation).
 *
 * The loss is T² · KL(softmax(teacher/T) ‖ softmax(student/T)), the cross-entropy less the teacher's entropy, which has
 * the same gradient and is 0 for a perfect student. The teacher runs in evaluation mode on the student's images. True
 * labels only count for the accuracy. Papernot trains the teacher at T too: `trainStandard`'s `temperature`.
 *
 * @param model - The student's starting point; it stays as it is.
 * @returns A new model, which the caller disposes, and losses and accuracies by epoch.
 * @throws As `trainStandard`.
 * @differs Papernot et al. leave out T², which at T = 100 stops the student (`scaled: false`), and train the teacher at T.
 * @see Papernot et al. 2016, arXiv:1511.04508; Hinton et al. 2015, arXiv:1503.02531.
 * @formula T² · mean Σₖ p_k (log p_k − log q_k), p = softmax(teacher/T), q = softmax(student/T)
 * @cost 2 forward passes and 1 backward pass of each image and epoch.
 * @example
 * const options = { teacher: model, temperature: 20, epochs: 1, batchSize: 16, random, quiet: true };
 * const { model: student } = await distill(resnet({ stem: 2, widths: [4, 8], random }), train, options);
 */
export async function distill(model: Model, dataset: Dataset, options: DistillOptions): Promise<TrainResult> {
  const plan = trainPlan('distill', options);
  const { teacher, temperature = 100, studentTemperature = temperature, scaled = true } = options;
  if (typeof teacher !== 'object' || teacher === null)
    throw new ArgumentError(`distill: the teacher must be a network, got ${String(teacher)}`);
  checkTemperature('distill', temperature);
  checkTemperature('distill', studentTemperature);
  const [own, theirs] = [model, teacher].map((network) => classCount('distill', network, dataset));
  if (own !== theirs) {
    throw new ArgumentError(
      `distill: student and teacher must have the same classes, got ${own} and ${theirs}`,
    );
  }
  const method = { temperature, studentTemperature, scaled };
  const objective = distillationObjective(model, { teacher, ...method });
  const identity = { ...method, teacher: teacher.architecture };
  return train(model, dataset, { name: 'distill', plan, objective, identity });
}

export function distillationObjective(
  model: Model,
  options: Required<Pick<DistillOptions, 'teacher' | 'temperature' | 'studentTemperature' | 'scaled'>>,
): Objective {
  const { teacher, temperature, studentTemperature, scaled } = options;
  const scale = scaled ? studentTemperature ** 2 : 1;
  return {
    fixed: joined(teacher),
    evaluate(state, { images }) {
      const given = teacher.apply(split(state.fixed), images).logits;
      const targets = tf.softmax(tf.div<Tensor2D>(given, temperature));
      const { logits, buffers } = model.apply(state, images, { training: true });
      const divergence = tf.sub(crossEntropy(tf.div(logits, studentTemperature), targets), entropy(targets));
      return { loss: tf.mul<Scalar>(divergence, scale), logits, buffers };
    },
  };
}

const [paramsPrefix, buffersPrefix] = ['params/', 'buffers/'];

/** A state as one record of tensors. */
function joined({ params, buffers }: ModelState): Tensors {
  const prefixed = (prefix: string, tensors: Tensors) =>
    Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor] as const);
  return Object.fromEntries([...prefixed(paramsPrefix, params), ...prefixed(buffersPrefix, buffers)]);
}

function split(tensors: Tensors): ModelState {
  const part = (prefix: string): Tensors =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  return { params: part(paramsPrefix), buffers: part(buffersPrefix) };
}
