import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { logitsOf, type LogitsFunction } from '../models/inputGradient.js';
import {
  type Batching,
  checkImages,
  checkModel,
  type Classes,
  mapBatches,
  pause,
  readClasses,
  type Slice,
} from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';

/** The class whose logit is explained: one for each image, or each image's largest logit. */
export type Targets = Classes | 'predicted';

/** One batch on its way through an attribution method. */
export interface Explained {
  /** Differentiable in the images, evaluation mode. */
  logits: LogitsFunction;
  /** [n, H, W, C]. */
  images: Tensor4D;
  /** [n], int32. */
  targets: Tensor1D;
  /** Which of all images these are. */
  slice: Slice;
}

/**
 * Runs an attribution method over all images, a batch at a time.
 *
 * @param name - The public function, for messages.
 * @param input - What that function was given.
 * @param core - Maps of one batch; `targets` are resolved on the images themselves.
 * @throws {ArgumentError} If images are not float32 [N, H, W, C], or targets are not N classes of the model.
 * @throws {InterruptedError} When the user stops the work.
 */
export async function attribute(
  name: string,
  input: { model: Classifier; images: Tensor4D; targets: Targets; options: Batching },
  core: (batch: Explained) => Promise<Tensor4D> | Tensor4D,
): Promise<Tensor4D> {
  const { model, images, targets, options } = input;
  checkImages(name, images);
  const given = targets === 'predicted' ? undefined : targets;
  const classes = given && (await readClasses(name, given, { count: images.shape[0], what: 'targets' }));
  checkModel(name, model, { images, classes: classes ?? new Int32Array(), what: 'targets' });
  const logits = logitsOf(model);
  return mapBatches(name, images, {
    batchSize: options.batchSize,
    label: options.label,
    body: async (batch, slice) => {
      const resolved = classes
        ? tf.tensor1d(classes.subarray(slice.from, slice.to), 'int32')
        : predictedClasses(logits, batch);
      try {
        return await core({ logits, images: batch, targets: resolved, slice });
      } finally {
        resolved.dispose();
      }
    },
  });
}

/**
 * Σ over `count` copies of each image, in passes of at most `batchSize` copies of all together.
 *
 * @param pass - Sum over some of the copies; it runs within tf.tidy.
 * @returns The caller disposes it.
 * @throws {InterruptedError} When the user stops the work.
 */
export async function sumOverPasses(
  name: string,
  { images, slice, count, batchSize = 256 }: Explained & { count: number; batchSize?: number },
  pass: (copies: Slice) => Tensor4D,
): Promise<Tensor4D> {
  const step = Math.max(1, Math.floor(batchSize / images.shape[0]));
  let sum: Tensor4D | undefined;
  try {
    for (let from = 0; from < count; from += step) {
      await pause(name, `in pass ${from / step + 1} over images ${slice.from} to ${slice.to - 1}`);
      const before = sum;
      sum = tf.tidy(() => {
        const part = pass({ from, to: Math.min(count, from + step) });
        return before ? tf.add<Tensor4D>(before, part) : part;
      });
      before?.dispose();
    }
  } catch (error) {
    sum?.dispose();
    throw error;
  }
  return sum ?? tf.zerosLike(images);
}

/** The class with the largest logit for each image, int32 [N]; ties go to the first. Pure. */
export function predictedClasses(logits: LogitsFunction, images: Tensor4D): Tensor1D {
  return tf.tidy(() => tf.argMax<Tensor1D>(logits(images), 1));
}
