import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { mapDataset } from '../attribution/mapDataset.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { forDataset } from '../models/forDataset.js';
import { type Batching, checkModel } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { prepare } from '../models/passes.js';

/**
 * An attribution method: `saliency`, or with options `(model, images, targets) => smoothGrad(model, images, targets, {…})`.
 *
 * It gets the classes [n] to explain, and returns maps [n, H, W, C], which whoever calls it disposes.
 */
export type Method<M extends Classifier = Classifier> = (
  model: M,
  images: Tensor4D,
  targets: Tensor1D,
) => Promise<Tensor4D> | Tensor4D;

/** What every evaluation of a method's maps takes. */
export interface ExplainOptions extends Batching {
  /** The class whose logit is explained: the one that the model predicts for the image (default), or the true one. */
  target?: 'predicted' | 'true';
}

/** @throws {ArgumentError} Unless the target is known. */
export function checkTarget(name: string, target: ExplainOptions['target']): void {
  if (target === undefined || target === 'predicted' || target === 'true') return;
  throw new ArgumentError(`${name}: target must be 'predicted' or 'true', got ${String(target)}`);
}

/**
 * The class of each image that a method is asked to explain, [N].
 *
 * @param name - The public function, for messages.
 * @throws {ArgumentError} If the data set or the model has another form, or a label is no class of the model.
 */
export async function explainedClasses(
  name: string,
  { model, dataset }: { model: Classifier; dataset: Dataset },
  { target = 'predicted', batchSize }: ExplainOptions,
): Promise<Int32Array> {
  checkTarget(name, target);
  checkDataset(name, dataset);
  const classes = Int32Array.from(dataset.labels);
  const prepared = prepare(model, classes.length, (logits, { images }: { images: Tensor4D }) => ({
    predicted: tf.argMax<Tensor1D>(logits(images), 1),
  }));
  try {
    await forDataset(name, dataset, { batchSize }, async ({ images, from }) => {
      if (from === 0) checkModel(name, model, { images, classes: dataset.labels, what: 'labels' });
      if (target === 'true') return;
      const { predicted } = prepared.run({ images });
      classes.set(await predicted.data(), from);
      predicted.dispose();
    });
  } finally {
    prepared.dispose();
  }
  return classes;
}

/**
 * Maps of all images for given classes, [N, H, W, C].
 *
 * @param classes - From `explainedClasses`.
 */
export function explain<M extends Classifier>(
  { model, method }: { model: M; method: Method<M> },
  dataset: Dataset,
  { classes, ...batching }: Batching & { classes: Int32Array },
): Promise<Float32Array> {
  // What mapDataset hands down as labels are the classes to explain.
  return mapDataset(
    { ...dataset, labels: classes },
    (images, targets) => method(model, images, targets),
    batching,
  );
}
