import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { gather, type BatchPlan } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import type { Random } from '../random.js';
import type { Objective, StepFeed } from './step.js';

/** Which step is fed; epoch and batch count from 0. */
export interface FeedPlace {
  readonly epoch: number;
  readonly batch: number;
  readonly learningRate: number;
  /** The step's own stream. */
  readonly random: Random;
}

/** What a step is fed; the caller disposes the draws. */
export async function feed(
  { dataset, objective }: { dataset: Dataset; objective: Objective },
  batch: BatchPlan,
  { random, learningRate }: FeedPlace,
): Promise<StepFeed> {
  const draws = objective.draw?.(random, [batch.indices.length, ...dataset.shape]) ?? {};
  if (!objective.supply) return { batch, learningRate, draws };
  const tensors = hostBatch(dataset, batch);
  try {
    const supplied = await objective.supply(random, { ...batch, ...tensors });
    return { batch, learningRate, draws: { ...draws, ...supplied } };
  } catch (error) {
    tf.dispose(draws);
    throw error;
  } finally {
    tf.dispose([tensors.images, tensors.labels]);
  }
}

/** A batch gathered and augmented in JavaScript; the caller disposes it. */
export function hostBatch(
  dataset: Dataset,
  { indices, augmentation }: BatchPlan,
): { images: Tensor4D; labels: Tensor1D } {
  const labels = indices.map((i) => dataset.labels[i] ?? 0);
  return {
    images: tf.tensor4d(gather(dataset, indices, augmentation), [indices.length, ...dataset.shape]),
    labels: tf.tensor1d(labels, 'int32'),
  };
}
