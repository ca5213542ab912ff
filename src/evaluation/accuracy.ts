import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { predictedPass } from '../attribution/attribute.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { checkOptions } from '../errors.js';
import type { Precision } from '../compiler/index.js';
import { type Batching, checkModel } from '../models/inBatches.js';
import { logitsOf } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { runPass, worthCompiling } from '../models/passes.js';
import { forDataset } from '../models/forDataset.js';

/** How many images a model classifies correctly. */
export interface Accuracy {
  /** Share of correct images, 0…1. */
  readonly accuracy: number;
  /** 95 % interval of the share over test images drawn at random, by Wilson's score. */
  readonly interval: readonly [low: number, high: number];
  /** [N], 1 where the image's class is predicted: what paired comparisons need. */
  readonly correct: Uint8Array;
  /** N. */
  readonly count: number;
}

export interface AccuracyOptions extends Batching {
  /** What a network's passes compute in; default 'float32'. A plain function computes in float32. */
  precision?: Precision;
}

/**
 * Clean accuracy.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K]; a model runs in evaluation mode.
 * @throws {ArgumentError} If the data set is empty or a label is no class of the model.
 * @throws {InterruptedError} When the user stops the work.
 * @formula mean of [argmax z(x) = y]; interval (p̂ + z²/2N ± z √(p̂(1 − p̂)/N + z²/4N²)) / (1 + z²/N), z = 1.96
 * @cost 1 forward pass.
 * @differs Nothing.
 * @see Wilson 1927, doi:10.1080/01621459.1927.10502953, for the interval.
 * @example
 * const { accuracy: share, interval } = await accuracy(model, test);
 */
export async function accuracy(
  model: Classifier,
  dataset: Dataset,
  options: AccuracyOptions = {},
): Promise<Accuracy> {
  checkOptions('accuracy', options);
  checkDataset('accuracy', dataset);
  const { precision = 'float32' } = options;
  const correct = new Uint8Array(dataset.labels.length);
  // Recording must pay; a few images run operation by operation.
  const isEager = correct.length < worthCompiling && precision === 'float32';
  const used = isEager ? logitsOf(model) : model;
  await forDataset('accuracy', dataset, options, async ({ images, from }) => {
    if (from === 0) checkModel('accuracy', model, { images, classes: dataset.labels, what: 'labels' });
    const labels = dataset.labels.subarray(from, from + images.shape[0]);
    correct.set(await hits({ model: used, precision }, images, labels), from);
  });
  return summarise(correct);
}

/** 1 for each image whose label is the model's largest logit, else 0. */
export async function hits(
  { model, precision }: { model: Classifier; precision: Precision },
  images: Tensor4D,
  labels: Int32Array,
): Promise<Uint8Array> {
  const predicted: Tensor1D = runPass(model, predictedPass, { inputs: { images }, precision });
  try {
    const classes = await predicted.data();
    return Uint8Array.from(labels, (label, i) => (label === classes[i] ? 1 : 0));
  } finally {
    tf.dispose(predicted);
  }
}

/** The share of ones, with its interval. */
export function summarise(correct: Uint8Array): Accuracy {
  const count = correct.length;
  const successes = correct.reduce((sum, hit) => sum + hit, 0);
  return { accuracy: successes / count, interval: wilson(successes, count), correct, count };
}

/**
 * 95 % interval of a share by Wilson's score; it stays within [0, 1], also for a share of 0 or 1.
 *
 * @see Wilson 1927, doi:10.1080/01621459.1927.10502953.
 */
export function wilson(successes: number, count: number): readonly [low: number, high: number] {
  const z = 1.959963984540054;
  const share = successes / count;
  const centre = share + z ** 2 / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  const scale = 1 + z ** 2 / count;
  // At a share of 0 or 1 the bound is 0 or 1 up to rounding.
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
