import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkDataset, checkRange } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { forDataset } from '../models/forDataset.js';
import { checkModel } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { type Accuracy, type AccuracyOptions, hits, summarise } from './accuracy.js';

/** Attacked images, shaped as the clean ones; the caller disposes them. */
export type AttackBatch = (images: Tensor4D, labels: Int32Array) => Promise<Tensor4D>;

/**
 * Accuracy under an attack: an image counts if its class is predicted both for the attacked image and for the clean one,
 * which is in the ball too.
 *
 * @param name - The public function, for messages.
 */
export async function attackedAccuracy(
  name: string,
  { model, dataset, attack }: { model: Classifier; dataset: Dataset; attack: AttackBatch },
  options: AccuracyOptions,
): Promise<Accuracy> {
  checkDataset(name, dataset);
  checkRange(name, dataset);
  const { precision = 'float32' } = options;
  const correct = new Uint8Array(dataset.labels.length);
  await forDataset(name, dataset, options, async ({ images, from }) => {
    if (from === 0) checkModel(name, model, { images, classes: dataset.labels, what: 'labels', least: 2 });
    const labels = dataset.labels.slice(from, from + images.shape[0]);
    const clean = await hits({ model, precision }, images, labels);
    const attacked = await attack(images, labels);
    try {
      const found = await hits({ model, precision }, attacked, labels);
      correct.set(
        found.map((hit, i) => hit & (clean[i] ?? 0)),
        from,
      );
    } finally {
      attacked.dispose();
    }
  });
  return summarise(correct);
}
