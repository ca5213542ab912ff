import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Precision } from '../compiler/index.js';
import { checkOptions } from '../errors.js';
import type { LogitsFunction } from '../models/inputGradient.js';
import {
  type Batching,
  checkFinite,
  checkImages,
  checkModel,
  type Classes,
  mapBatches,
  pause,
  readClasses,
  type Slice,
} from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { runPass, type Network, type Pass } from '../models/passes.js';

/** The class whose logit is explained: one for each image, or each image's largest logit. */
export type Targets = Classes | 'predicted';

/** What every attribution method that runs the model takes. */
export interface AttributionOptions extends Batching {
  /** What a network's passes compute in; default 'float32'. A plain function computes in float32. */
  precision?: Precision;
}

/** One batch on its way through an attribution method. */
export interface Explained {
  /** Runs a pass on the model, compiled where it is a network; the caller disposes the result. */
  run<I extends Record<string, Tensor>, O extends Tensor>(pass: Pass<I, O>, inputs: I): O;
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
 * @throws {ArgumentError} If images are not finite float32 [N, H, W, C], or targets are not N classes of the model.
 * @throws {InterruptedError} When the user stops the work.
 */
export async function attribute(
  name: string,
  input: { model: Classifier; images: Tensor4D; targets: Targets; options: AttributionOptions },
  core: (batch: Explained) => Promise<Tensor4D> | Tensor4D,
): Promise<Tensor4D> {
  const { model, images, targets, options } = input;
  checkOptions(name, options);
  checkImages(name, images);
  await checkFinite(name, images);
  const count = images.shape[0];
  const classes =
    targets === 'predicted' ? undefined : await readClasses(name, targets, { count, what: 'targets' });
  checkModel(name, model, { images, classes, what: 'targets' });
  const { precision } = options;
  const run: Explained['run'] = (pass, inputs) => runPass(model, pass, { inputs, precision });
  return mapBatches(name, images, {
    batchSize: options.batchSize,
    label: options.label,
    body: async (batch, slice) => {
      const resolved = classes
        ? tf.tensor1d(classes.subarray(slice.from, slice.to), 'int32')
        : run(predictedPass, { images: batch });
      try {
        return await core({ run, images: batch, targets: resolved, slice });
      } finally {
        resolved.dispose();
      }
    },
  });
}

/**
 * Σ over `count` copies of each image, in passes of at most `batchSize` copies of all together.
 *
 * @param sumOf - Sum over some of the copies; it runs within tf.tidy.
 * @returns The caller disposes it.
 * @throws {InterruptedError} When the user stops the work.
 */
export async function sumOverPasses(
  name: string,
  { images, slice, count, batchSize = 256 }: Explained & { count: number; batchSize?: number },
  sumOf: (copies: Slice) => Tensor4D,
): Promise<Tensor4D> {
  const step = Math.max(1, Math.floor(batchSize / images.shape[0]));
  let sum: Tensor4D | undefined;
  try {
    for (let from = 0; from < count; from += step) {
      await pause(name, `in pass ${from / step + 1} over images ${slice.from} to ${slice.to - 1}`);
      const before = sum;
      sum = tf.tidy(() => {
        const part = sumOf({ from, to: Math.min(count, from + step) });
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

export const predictedPass = ({ logits }: Network, { images }: { images: Tensor4D }): Tensor1D =>
  predictedClasses(logits, images);

/** The class with the largest logit for each image, int32 [N]; ties go to the first. Pure. */
export function predictedClasses(logits: LogitsFunction, images: Tensor4D): Tensor1D {
  return tf.tidy(() => tf.argMax<Tensor1D>(logits(images), 1));
}
