import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { isExplained, withExplainer, type ExplainedModel } from '../models/explainer.js';
import { oneHot } from '../models/inputGradient.js';
import type { Model, Tensors } from '../models/model.js';
import { classCount } from './classes.js';
import { train } from './loop.js';
import { crossEntropy } from './loss.js';
import { trainPlan, type TrainOptions, type TrainResult } from './options.js';
import type { Objective } from './step.js';
import { mapsToLearn, type MapSource, type TeacherOptions } from './teacherMaps.js';

/** A training, the maps that the explainer learns, and how much they count. */
export interface ExplainerTrainOptions extends TrainOptions, TeacherOptions {
  /** Weight λ of the map term, ≥ 0; default 0.35. */
  lambda?: number;
  /**
   * 'unit' (default): E(h)/√d learns g/‖g‖₂ of each map, d its entries: those of E are about 1 then, as its layers' are.
   * 'given': E(h) learns g. The gradients of a robust network are so small, 0.003 an entry for example, that steps of the
   * learning rates that the network needs carry E far past them; it learns next to nothing.
   */
  scale?: 'unit' | 'given';
  /** The distance of each image's maps, its mean over the batch: 'unsquared' (default, as the paper prints it) or 'squared'. */
  form?: 'unsquared' | 'squared';
  /** Whether the map term trains f too, by way of h; default true, the paper's 'jointly'. Without it, it trains E only. */
  joint?: boolean;
}

/**
 * Trains a network together with an explainer E, which learns a teacher's maps g from the network's last features h:
 * cross-entropy + λ‖E(h) − g(f′, x)‖₂, both maps in units in which g has length 1.
 *
 * The paper leaves open what `ExplainerOptions` and the options here name. The maps cost `samples` forward and
 * backward passes over the data set before the first epoch (pass `maps` to compute them once for many trainings).
 *
 * @param model - The starting point; it stays as it is. One without an explainer gets the default one.
 * @returns A new model with an explainer, which the caller disposes; losses (with the map term) and accuracies by epoch.
 * @throws As `trainStandard`.
 * @differs Zeng et al. have rectified maps learn signed ones: E's output is signed here (`output: 'rectified'` is theirs). They
 *   give neither σ, nor the norm's power, nor whether the map term trains f: `sigma`, `form`, `joint`. Their formula takes g
 *   as it is (`scale: 'given'`); the order of a map's pixels is the same.
 * @see Zeng et al. 2021, PMLR 157:753, eq. 5 and section 3.
 * @formula mean −log softmax(z)_y + λ · mean ‖E(h(x))/√d − g/‖g‖₂‖₂, g = g(f′, x), d its entries
 * @cost 1 forward and 1 backward pass through network and explainer of each image and epoch, and the maps once.
 * @example
 * const options = { teacher: model, samples: 2, epochs: 1, batchSize: 16, random, quiet: true };
 * const { model: explained } = await trainExplainer(model, train, options);
 */
export async function trainExplainer(
  model: Model,
  dataset: Dataset,
  options: ExplainerTrainOptions,
): Promise<TrainResult & { model: ExplainedModel }> {
  const plan = trainPlan('trainExplainer', options);
  classCount('trainExplainer', model, dataset);
  const method = methodOf(options);
  const { source, identity } = await mapsToLearn('trainExplainer', { dataset, plan, options });
  const start = isExplained(model) ? model : withExplainer(model, { random: plan.random.fork('explainer') });
  try {
    const objective = explainerObjective(start, { ...method, maps: source });
    const result = await train(start, dataset, {
      name: 'trainExplainer',
      plan,
      objective,
      identity: { ...method, ...identity },
    });
    const { model: trained, history } = result;
    if (!isExplained(trained)) throw new TypeError('trainExplainer: withState must keep the explainer');
    return { model: trained, history };
  } finally {
    // Its own tensors only: the others are the caller's.
    if (start !== model) tf.dispose(added(start, model));
  }
}

/** The tensors that are an explainer's. */
function added(explained: Model, { params, buffers }: Model): Tensor[] {
  const all = { ...explained.params, ...explained.buffers };
  return Object.entries(all).flatMap(([name, tensor]) => (params[name] || buffers[name] ? [] : [tensor]));
}

type Method = Required<Pick<ExplainerTrainOptions, 'lambda' | 'scale' | 'form' | 'joint'>>;

/** Cross-entropy + λ · mean distance between E(h) and the maps to learn, at their `scale`; batch norm in training mode. */
export function explainerObjective(
  model: ExplainedModel,
  { lambda, scale, form, joint, maps: source }: Method & { maps: MapSource },
): Objective {
  return {
    evaluate(state, { images, labels, draws }) {
      const { logits, features, buffers } = model.apply(state, images, { training: true });
      const size = [images.shape[1], images.shape[2]] as const;
      const h = joint ? features : constant(features);
      const { maps, buffers: explained } = model.explain(state, h, { size, training: true });
      // Supplied below, [N, H, W, C].
      const given = draws['maps'] as Tensor4D;
      const own = model.output === 'signed' ? given : tf.mean<Tensor4D>(tf.abs(given), 3, true);
      const [wanted, add] = scale === 'unit' ? [unit(own), tf.mean] : [own, tf.sum];
      const squares = add<Tensor1D>(tf.square(tf.sub(maps, wanted)), [1, 2, 3]);
      // The square root has no slope at 0, where E is right.
      const distances = form === 'squared' ? squares : tf.sqrt(tf.maximum(squares, 1e-24));
      const term = tf.mul<Scalar>(lambda, tf.mean(distances));
      const loss = tf.add<Scalar>(crossEntropy(logits, oneHot(labels, logits)), term);
      return { loss, logits, buffers: { ...buffers, ...explained } };
    },
    async supply(random, batch): Promise<Tensors> {
      return { maps: await source(random, batch) };
    },
  };
}

/** Each map at a root mean square of 1; one that is 0 everywhere stays so. */
function unit(maps: Tensor4D): Tensor4D {
  const squares = tf.mean(tf.square(maps), [1, 2, 3], true);
  return tf.div(maps, tf.sqrt(tf.maximum(squares, 1e-24)));
}

/** The same numbers, which pass no gradient back. */
function constant(x: Tensor4D): Tensor4D {
  return tf.customGrad((input) => ({
    value: tf.clone(input as Tensor4D),
    gradFunc: (dy: Tensor4D) => tf.zerosLike(dy),
  }))(x);
}

function methodOf(options: ExplainerTrainOptions): Method {
  const { lambda = 0.35, scale = 'unit', form = 'unsquared', joint = true } = options;
  if (!(lambda >= 0 && lambda < Infinity)) {
    throw new ArgumentError(`trainExplainer: lambda must be a number ≥ 0, got ${lambda}`);
  }
  if (form !== 'unsquared' && form !== 'squared') {
    throw new ArgumentError(`trainExplainer: form must be 'unsquared' or 'squared', got ${String(form)}`);
  }
  if (scale !== 'unit' && scale !== 'given') {
    throw new ArgumentError(`trainExplainer: scale must be 'unit' or 'given', got ${String(scale)}`);
  }
  return { lambda, scale, form, joint };
}
