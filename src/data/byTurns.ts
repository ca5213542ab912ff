import { checkDataset } from './checkDataset.js';
import { checksum } from './checksum.js';
import type { Dataset } from './dataset.js';

/**
 * The same images in another order: each class is spread evenly, and keeps its own order. The first images of it, such as
 * `subset` takes, hold each class as often as all of them do, also where a file holds one class after the other.
 *
 * @returns The data set itself where that is its order; else a copy.
 * @throws {ArgumentError} If it is no data set.
 */
export function byTurns(dataset: Dataset): Dataset {
  checkDataset('byTurns', dataset);
  const { images, labels, shape, masks, source } = dataset;
  const order = turns(labels);
  if (order.every((index, place) => index === place)) return dataset;
  const [height, width, channels] = shape;
  const turned = {
    images: rows(images, height * width * channels, order),
    labels: rows(labels, 1, order),
    ...(masks && { masks: rows(masks, height * width, order) }),
  };
  const caption = `${source.caption}, classes by turns`;
  return { ...dataset, ...turned, source: { ...source, checksum: checksum({ ...turned, shape }), caption } };
}

/** Positions of the labels in an order in which each class is spread evenly. */
export function turns(labels: Int32Array): Int32Array {
  const counts = new Map<number, number>();
  const ranks = Int32Array.from(labels, (label) => {
    const rank = counts.get(label) ?? 0;
    counts.set(label, rank + 1);
    return rank;
  });
  const places = Float64Array.from(labels, (label, i) => ((ranks[i] ?? 0) + 0.5) / (counts.get(label) ?? 1));
  return Int32Array.from(labels.keys()).sort(
    (i, j) => (places[i] ?? 0) - (places[j] ?? 0) || (labels[i] ?? 0) - (labels[j] ?? 0),
  );
}

/** Rows of `size` numbers in another order. */
function rows<T extends Uint8Array | Float32Array | Int32Array>(from: T, size: number, order: Int32Array): T {
  // A copy of the same kind.
  const to = from.slice() as T;
  order.forEach((row, place) => to.set(from.subarray(row * size, (row + 1) * size), place * size));
  return to;
}
