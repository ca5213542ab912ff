import { ArgumentError } from '../errors.js';
import type { Dataset } from './dataset.js';

/**
 * The mean of each channel over all images and pixels, added up in float64.
 *
 * @returns [C], in [0, 1]: what ROAR puts in place of a removed pixel.
 * @throws {ArgumentError} If there is no image.
 */
export function channelMeans({ images, shape }: Pick<Dataset, 'images' | 'shape'>): Float64Array {
  if (images.length === 0)
    throw new ArgumentError('channelMeans: the data set must hold at least one image, got none');
  const channels = shape[2];
  const sums = new Float64Array(channels);
  for (let i = 0, channel = 0; i < images.length; i++) {
    sums[channel] = (sums[channel] ?? 0) + (images[i] ?? 0);
    if (++channel === channels) channel = 0;
  }
  const scale = (images.length / channels) * (images instanceof Uint8Array ? 255 : 1);
  return sums.map((sum) => sum / scale);
}
