import { ArgumentError } from '../errors.js';
import { pixelScores } from '../evaluation/pixelScores.js';
import { rasterUrl } from './raster.js';

// Pictures are enlarged in the file by a whole factor, so that no viewer blurs their pixels.
const zoom = 6;

/** Sizes of one picture. */
export type Shape = readonly [height: number, width: number, channels: number];

/** The pictures of images, as PNG data URLs, one each. @param images - [n, H, W, C], bytes or float32 in [0, 1]. */
export function imageUrls(images: Uint8Array | Float32Array, shape: Shape): string[] {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  return Array.from({ length: images.length / size }, (_, row) => {
    const image = images.subarray(row * size, (row + 1) * size);
    const pixels =
      image instanceof Uint8Array ? image : Uint8Array.from(image, (value) => Math.round(value * 255));
    return rasterUrl({ pixels, height, width }, { zoom });
  });
}

/**
 * The pictures of maps, as PNG data URLs: the sum over channels of absolute values, white at 0, black from the map's 99th
 * percentile on.
 *
 * @param maps - `count` maps [n, H, W, C] or [n, H, W].
 * @param name - What to call them in the message.
 * @throws {ArgumentError} If the length is not that of as many maps.
 */
export function mapUrls(
  maps: Float32Array,
  { name, count, shape }: { name: string; count: number; shape: Shape },
): string[] {
  const [height, width] = shape;
  const channels = maps.length / (count * height * width);
  if (!Number.isInteger(channels) || channels < 1)
    throw new ArgumentError(
      `${name} must hold ${count} maps of ${height}×${width}, got ${maps.length} numbers`,
    );
  const size = height * width * channels;
  return Array.from({ length: count }, (_, row) => {
    const pixels = greys(pixelScores(maps.subarray(row * size, (row + 1) * size), channels));
    return rasterUrl({ pixels, height, width }, { zoom });
  });
}

/**
 * The pictures of signed changes, as PNG data URLs: grey where nothing changes, black and white at ± `limit`.
 *
 * @param changes - [n, H, W, C].
 */
export function changeUrls(changes: Float32Array, shape: Shape, limit: number): string[] {
  const grey = (value: number) => 0.5 + (limit > 0 ? value / limit / 2 : 0);
  return imageUrls(
    changes.map((value) => Math.min(1, Math.max(0, grey(value)))),
    shape,
  );
}

/** White at 0, black from the 99th percentile on; a map of zeros is white. */
function greys(values: Float32Array): Uint8Array {
  const top =
    values.slice().sort()[Math.ceil(0.99 * values.length) - 1] || values.reduce((a, b) => Math.max(a, b), 0);
  return Uint8Array.from(values, (value) => 255 - Math.round(255 * Math.min(1, top > 0 ? value / top : 0)));
}
