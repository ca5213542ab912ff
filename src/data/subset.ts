import { ArgumentError } from '../errors.js';
import { checksum } from './checksum.js';
import { checkDataset } from './checkDataset.js';
import type { Dataset } from './dataset.js';

/**
 * The first `count` images of a data set; they share its memory. The caption says so. Of a data set that holds one class
 * after the other take them of `byTurns(dataset)`.
 *
 * @throws {ArgumentError} If count is not an integer in 1…N.
 */
export function subset(dataset: Dataset, count: number): Dataset {
  checkDataset('subset', dataset);
  const total = dataset.labels.length;
  if (!Number.isInteger(count) || count < 1 || count > total)
    throw new ArgumentError(`subset: count must be an integer in 1…${total}, got ${count}`);
  if (count === total) return dataset;
  const [height, width, channels] = dataset.shape;
  const part = {
    ...dataset,
    images: dataset.images.subarray(0, count * height * width * channels),
    labels: dataset.labels.subarray(0, count),
    ...(dataset.masks && { masks: dataset.masks.subarray(0, count * height * width) }),
  };
  const caption = `${dataset.source.caption}, the first ${count.toLocaleString('en')} of them`;
  return { ...part, source: { ...dataset.source, checksum: checksum(part), caption } };
}
