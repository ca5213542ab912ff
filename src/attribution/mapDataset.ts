import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { forDataset } from '../models/forDataset.js';
import type { Batching } from '../models/inBatches.js';

/**
 * Maps of some images [n, H, W, C], or one value per pixel [n, H, W, 1]. The images belong to the caller; the maps are
 * the caller's to dispose.
 *
 * `labels` are the true classes; maps for them leak the class through the mask, so most methods explain 'predicted'.
 */
export type Attribution = (images: Tensor4D, labels: Tensor1D) => Tensor4D | Promise<Tensor4D>;

/**
 * Maps of all of a data set's images, not augmented, as plain numbers: 4 bytes for each entry, 614 MB for CIFAR-10's
 * training set. On the device lies one batch at a time.
 *
 * @returns [N, H, W, C], image by image.
 * @throws {ArgumentError} If the data set contradicts itself, or maps do not have its images' shape.
 * @throws {InterruptedError} When the user stops the work.
 * @formula maps of x₁ … x_N, batch by batch
 * @cost The attribution's passes for each image.
 * @see `roar`, which takes what it returns.
 * @example
 * const maps = await mapDataset(train, (images) => saliency(model, images), { batchSize: 16 });
 */
export async function mapDataset(
  dataset: Dataset,
  attribution: Attribution,
  options: Batching = {},
): Promise<Float32Array> {
  checkDataset('mapDataset', dataset);
  if (typeof attribution !== 'function')
    throw new ArgumentError(
      `mapDataset: the attribution must be a function of images and labels, got ${String(attribution)}`,
    );
  const [height, width, channels] = dataset.shape;
  const size = height * width * channels;
  const all = new Float32Array(dataset.labels.length * size);
  await forDataset('mapDataset', dataset, options, async ({ images, from }) => {
    const labels = tf.tensor1d(dataset.labels.subarray(from, from + images.shape[0]), 'int32');
    let maps: Tensor4D | undefined;
    try {
      maps = await attribution(images, labels);
      checkIsTensor('mapDataset', maps);
      if (maps.shape.join() !== images.shape.join()) {
        throw new ArgumentError(
          `mapDataset: maps must be [${images.shape.join(', ')}], got [${maps.shape.join(', ')}]`,
        );
      }
      all.set(await maps.data<'float32'>(), from * size);
    } finally {
      tf.dispose(maps ? [labels, maps] : labels);
    }
  });
  return all;
}

/**
 * What comes from untyped code may be anything.
 *
 * @param name - The public function, for the message.
 * @throws {ArgumentError} Unless maps are a tensor.
 */
export function checkIsTensor(name: string, maps: unknown): void {
  if (maps instanceof tf.Tensor) return;
  throw new ArgumentError(
    `${name}: the attribution must return a tensor of maps [N, H, W, C], got ${String(maps)}`,
  );
}
