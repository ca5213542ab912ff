import * as tf from '@tensorflow/tfjs-core';
import { gather, type BatchPlan } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import type { Random } from '../random.js';
import type { Objective, StepInputs } from './step.js';

/** Which step is fed; epoch and batch count from 0. */
export interface FeedPlace {
  readonly epoch: number;
  readonly batch: number;
  readonly learningRate: number;
  /** The step's own stream. */
  readonly random: Random;
}

/** A step's inputs; the caller disposes them. */
export async function feed(
  { dataset, objective }: { dataset: Dataset; objective: Objective },
  plan: BatchPlan,
  { random, learningRate }: FeedPlace,
): Promise<StepInputs> {
  const { indices, augmentation } = plan;
  const shape: [number, number, number, number] = [indices.length, ...dataset.shape];
  const images = tf.tensor4d(gather(dataset, indices, augmentation), shape);
  const labels = tf.tensor1d(
    indices.map((i) => dataset.labels[i] ?? 0),
    'int32',
  );
  try {
    const supplied = await objective.supply?.(random, { ...plan, images, labels });
    const draws = { ...objective.draw?.(random, shape), ...supplied };
    return { images, labels, learningRate: tf.scalar(learningRate), draws };
  } catch (error) {
    tf.dispose([images, labels]);
    throw error;
  }
}
