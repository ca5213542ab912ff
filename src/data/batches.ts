import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { checkRandom, type Random } from '../random.js';
import { drawAugmentation, padding } from './augmentation.js';
import type { Augmentation } from './augmentation.js';
import { checkDataset } from './checkDataset.js';
import type { Dataset } from './dataset.js';

/** How a data set is cut into batches: their size, their order, and how images are augmented. */
export interface BatchOptions {
  /** Images in a batch; the last one may be smaller. */
  size: number;
  /**
   * Shuffles, and draws the augmentation; without it the images come in order. One number is drawn from it, so each
   * call shuffles anew; hand down `random.fork(epoch)` for an epoch that can be repeated on its own.
   */
  random?: Random;
  /** Pad 4 with zeros, random crop, horizontal flip; needs `random`. Default false. */
  augment?: boolean;
  /** Leaves out a last batch smaller than `size`. Default false. */
  dropLast?: boolean;
}

/** A batch on the device; whoever iterates disposes both tensors. */
export interface Batch {
  /** float32 [n, H, W, C] in [0, 1]. */
  readonly images: Tensor4D;
  /** int32 [n]. */
  readonly labels: Tensor1D;
  /** Positions of the images in the data set [n]. */
  readonly indices: Int32Array;
}

/** Which images make a batch, and how they are augmented: plain arrays, no tensors. */
export interface BatchPlan {
  readonly indices: Int32Array;
  readonly augmentation?: Augmentation;
}

/**
 * Iterates over a data set in batches of tensors.
 *
 * @throws {ArgumentError} If the data set is empty or contradicts itself, size is not a positive integer, or augment is
 *   asked for without random.
 */
export function* batches(dataset: Dataset, options: BatchOptions): Generator<Batch, void, undefined> {
  checkDataset('batches', dataset);
  const [height, width, channels] = dataset.shape;
  for (const { indices, augmentation } of planBatches(dataset.labels.length, options)) {
    const pixels = gather(dataset, indices, augmentation);
    yield {
      images: tf.tensor4d(pixels, [indices.length, height, width, channels]),
      labels: tf.tensor1d(
        indices.map((i) => dataset.labels[i] ?? 0),
        'int32',
      ),
      indices,
    };
  }
}

/**
 * The same batches as `batches` without their pixels, for an engine that gathers and augments on the device.
 *
 * @param count - Images in the data set.
 */
export function* planBatches(count: number, options: BatchOptions): Generator<BatchPlan, void, undefined> {
  checkOptions('batches', options);
  const { size, random, augment = false, dropLast = false } = options;
  if (!Number.isInteger(size) || size < 1)
    throw new ArgumentError(`batches: size must be a positive integer, got ${size}`);
  if (augment && !random)
    throw new ArgumentError('batches: augment needs random, got none; pass random: seeded(n)');
  if (random !== undefined) checkRandom('batches', random);
  const stream = random?.fork(random.seed());
  const order = stream?.permutation(count) ?? Int32Array.from({ length: count }, (_, i) => i);
  const end = dropLast ? count - (count % size) : count;
  for (let start = 0; start < end; start += size) {
    const indices = order.slice(start, Math.min(start + size, end));
    yield augment && stream
      ? { indices, augmentation: drawAugmentation(indices.length, stream) }
      : { indices };
  }
}

/**
 * Copies images out of a data set, augmented where asked.
 *
 * @param indices - Positions of the images [n].
 * @returns float32 [n, H, W, C] in [0, 1]; what a crop takes from outside the image is 0.
 */
export function gather(
  dataset: Pick<Dataset, 'images' | 'shape'>,
  indices: Int32Array,
  augmentation?: Augmentation,
): Float32Array {
  const { images, shape } = dataset;
  const length = indices.length * shape[0] * shape[1] * shape[2];
  // Bytes are moved as bytes and become floats in one last pass: that is three times as fast as one by one.
  if (images instanceof Float32Array) return move(new Float32Array(length), images);
  const moved = move(new Uint8Array(length), images);
  const pixels = new Float32Array(moved);
  for (let i = 0; i < length; i++) pixels[i] = (pixels[i] ?? 0) / 255;
  return pixels;

  function move<T extends Uint8Array | Float32Array>(pixels: T, from: T): T {
    const size = shape[0] * shape[1] * shape[2];
    indices.forEach((index, i) => {
      const image = from.subarray(index * size, (index + 1) * size);
      const target = pixels.subarray(i * size, (i + 1) * size);
      if (!augmentation) return target.set(image);
      const down = (augmentation.rows[i] ?? padding) - padding;
      const right = (augmentation.columns[i] ?? padding) - padding;
      crop(image, target, { shape, down, right });
      if (augmentation.flips[i]) mirror(target, shape);
    });
    return pixels;
  }
}

type Pixels = Uint8Array | Float32Array;

/** Fills the target with the image seen from `down` rows and `right` columns further; outside it stays 0. */
function crop(
  image: Pixels,
  target: Pixels,
  { shape, down, right }: { shape: Dataset['shape']; down: number; right: number },
): void {
  const [height, width, channels] = shape;
  const first = Math.max(0, -right);
  const length = (width - Math.abs(right)) * channels;
  if (length <= 0) return;
  for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
    const from = ((row + down) * width + first + right) * channels;
    target.set(image.subarray(from, from + length), (row * width + first) * channels);
  }
}

function mirror(image: Pixels, [height, width, channels]: Dataset['shape']): void {
  for (let row = 0; row < height; row++) {
    let left = row * width * channels;
    let right = left + (width - 1) * channels;
    for (; left < right; left += channels, right -= channels) {
      for (let channel = 0; channel < channels; channel++) {
        const held = image[left + channel] ?? 0;
        image[left + channel] = image[right + channel] ?? 0;
        image[right + channel] = held;
      }
    }
  }
}
