import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { type Attribution, checkIsTensor } from '../attribution/mapDataset.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import type { Batching } from '../models/inBatches.js';
import { forDataset } from '../models/forDataset.js';
import type { Ranks } from './ranker.js';
import { rankPixels, type RemovalUnit } from './removal.js';

export interface RankOptions extends Batching {
  /** Default 'pixel'. */
  unit?: RemovalUnit;
}

/**
 * Explains a data set's images, not augmented, and ranks their pixels. Only ranks are kept: 2 bytes for each pixel.
 *
 * @param attribution - A function, or its maps for all images as float32 [N, H, W] or [N, H, W, C].
 * @throws {ArgumentError} If maps do not have the images' shape, or hold NaN.
 */
export async function rankDataset(
  dataset: Dataset,
  attribution: Attribution | Float32Array,
  options: RankOptions = {},
): Promise<Ranks> {
  checkDataset('rankDataset', dataset);
  const [height, width, channels] = dataset.shape;
  const count = dataset.labels.length;
  const { unit = 'pixel' } = options;
  if (attribution instanceof Float32Array) {
    const depth = attribution.length / (count * height * width);
    checkMaps([count, height, width, depth], dataset, unit);
    return rankPixels(attribution, { shape: [count, height, width, depth], unit });
  }
  const size = height * width * (unit === 'pixel' ? 1 : channels);
  const ranks = size <= 2 ** 16 ? new Uint16Array(count * size) : new Uint32Array(count * size);
  await forDataset('rankDataset', dataset, options, async ({ images, from }) => {
    const labels = tf.tensor1d(dataset.labels.subarray(from, from + images.shape[0]), 'int32');
    let maps: Tensor4D | undefined;
    try {
      maps = await attribution(images, labels);
      checkIsTensor('rankDataset', maps);
      checkMaps(
        maps.shape,
        { ...dataset, labels: dataset.labels.subarray(from, from + images.shape[0]) },
        unit,
      );
      ranks.set(rankPixels(Float32Array.from(await maps.data()), { shape: maps.shape, unit }), from * size);
    } finally {
      tf.dispose(maps ? [labels, maps] : labels);
    }
  });
  return ranks;
}

function checkMaps(shape: readonly number[], { labels, shape: image }: Dataset, unit: RemovalUnit): void {
  const [height, width, channels] = image;
  const [count, mapHeight, mapWidth, depth = 0] = shape;
  const fits = count === labels.length && mapHeight === height && mapWidth === width;
  if (!fits || shape.length !== 4 || (depth !== channels && (unit === 'channel' || depth !== 1))) {
    const allowed = unit === 'channel' ? `${channels}` : `1 or ${channels}`;
    throw new ArgumentError(
      `rankDataset: maps must be [${labels.length}, ${height}, ${width}, ${allowed}], got [${shape.join(', ')}]`,
    );
  }
}
