import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { gather } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import { checkOptions } from '../errors.js';
import { type Batching, forBatches } from './inBatches.js';

/**
 * Calls `body` with the images of a data set as float32 tensors, in order and not augmented, a batch at a time.
 *
 * @param dataset - Checked by the caller.
 * @param name - The public function, for messages.
 * @param body - Takes the images and the position of the first; the images are disposed after it.
 */
export async function forDataset(
  name: string,
  dataset: Dataset,
  options: Batching,
  body: (batch: { images: Tensor4D; from: number }) => Promise<void>,
): Promise<void> {
  checkOptions(name, options);
  const count = dataset.labels.length;
  const { batchSize, label, onProgress } = options;
  await forBatches(name, { count, batchSize, label, onProgress }, async ({ from, to }) => {
    const indices = Int32Array.from({ length: to - from }, (_, i) => from + i);
    const images = tf.tensor4d(gather(dataset, indices), [to - from, ...dataset.shape]);
    try {
      await body({ images, from });
    } finally {
      images.dispose();
    }
  });
}
