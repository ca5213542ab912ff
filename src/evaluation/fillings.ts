import { checkDataset } from '../data/checkDataset.js';
import { channelMeans } from '../data/channelMeans.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import type { Random } from '../random.js';
import { gaussian } from './similarity.js';

/**
 * What takes the place of removed values: the training set's channel means, 0, each image blurred, uniform noise; one
 * number per channel; or images shaped as the data set's, float32 in [0, 1], made by a function.
 */
export type Filling =
  'mean' | 'zero' | 'blur' | 'noise' | readonly number[] | ((dataset: Dataset) => Float32Array);

const names = ['mean', 'zero', 'blur', 'noise'];

/** @throws {ArgumentError} Unless it is a name, a list of one number per channel in [0, 1], or a function. */
export function checkFilling(name: string, filling: Filling, channels: number): void {
  if (typeof filling === 'function' || names.includes(filling as string)) return;
  if (typeof filling === 'string') {
    const known = names.map((known) => `'${known}'`).join(', ');
    throw new ArgumentError(`${name}: value must be ${known} or numbers, got '${filling}'`);
  }
  const fits = Array.isArray(filling) && filling.length === channels;
  if (fits && filling.every((value: unknown) => typeof value === 'number' && value >= 0 && value <= 1))
    return;
  const got = Array.isArray(filling) ? `[${filling.join(', ')}]` : String(filling);
  throw new ArgumentError(
    `${name}: value must be ${channels} numbers in [0, 1], got ${got}; divide bytes by 255`,
  );
}

/**
 * The numbers of a filling for one data set: one per channel, or one per entry of its images.
 *
 * @param options - `training` is what means are taken of; `random` draws 'noise', by image.
 */
export function fillingFor(
  filling: Filling,
  dataset: Dataset,
  { training, random }: { training: Dataset; random: Random },
): ArrayLike<number> {
  if (filling === 'mean') return channelMeans(training);
  if (filling === 'zero') return new Float32Array(dataset.shape[2]);
  if (filling === 'blur') return blurred(dataset);
  if (filling === 'noise') return noiseImages(dataset, random);
  return typeof filling === 'function' ? filling(dataset) : filling;
}

/** Uniform in [0, 1), each image from a stream of its own. */
export function noiseImages({ images, labels }: Dataset, random: Random): Float32Array {
  const drawn = new Float32Array(images.length);
  const size = images.length / labels.length;
  labels.forEach((_, n) => {
    const stream = random.fork(n);
    for (let i = n * size; i < (n + 1) * size; i++) drawn[i] = stream.uniform();
  });
  return drawn;
}

/** The Gaussian and its window. */
export interface BlurOptions {
  /** Standard deviation in pixels; default 5. */
  sigma?: number;
  /** Pixels to each side that the window reaches; default 5. */
  radius?: number;
}

/**
 * Each image blurred by a Gaussian, whose weights outside the image go to those inside.
 *
 * @returns float32 in [0, 1], shaped as the images.
 * @throws {ArgumentError} If an option is out of range.
 * @formula Σ_q w_q x_q / Σ_q w_q over the pixels q of the image at most `radius` from p in each direction, w_q = exp(−‖p − q‖² / 2σ²)
 * @cost No pass.
 * @differs Petsiuk et al. take σ = 5 and radius 5 for images of 224×224, and count pixels outside as black.
 * @see Petsiuk et al. 2018, arXiv:1806.07421, insertion.
 * @example
 * const images = blurred(test, { sigma: 2 });
 */
export function blurred(dataset: Dataset, options: BlurOptions = {}): Float32Array {
  checkOptions('blurred', options);
  checkDataset('blurred', dataset);
  const { sigma = 5, radius = 5 } = options;
  if (!(sigma > 0 && sigma < Infinity))
    throw new ArgumentError(`blurred: sigma must be a number > 0, got ${sigma}`);
  if (!Number.isSafeInteger(radius) || radius < 0)
    throw new ArgumentError(`blurred: radius must be an integer ≥ 0, got ${radius}`);
  const { images, labels, shape } = dataset;
  const [height, width, channels] = shape;
  const weights = gaussian(sigma, radius);
  const scale = images instanceof Uint8Array ? 255 : 1;
  const row = width * channels;
  const down = along(images, { count: labels.length, length: height, stride: row }, weights);
  const both = along(down, { count: labels.length * height, length: width, stride: channels }, weights);
  return Float32Array.from(both, (value) => value / scale);
}

/** Means along one axis of arrays [count, length, stride]. */
function along(
  values: ArrayLike<number>,
  { count, length, stride }: { count: number; length: number; stride: number },
  weights: Float64Array,
): Float32Array {
  const radius = (weights.length - 1) / 2;
  const result = new Float32Array(count * length * stride);
  for (let place = 0; place < length; place++) {
    const [first, last] = [Math.max(0, place - radius), Math.min(length - 1, place + radius)];
    const inside = weights.subarray(first - place + radius, last - place + radius + 1);
    const total = inside.reduce((sum, weight) => sum + weight, 0);
    for (let n = 0; n < count; n++)
      for (let k = 0; k < stride; k++) {
        let sum = 0;
        for (let i = first; i <= last; i++)
          sum += (inside[i - first] ?? 0) * (values[(n * length + i) * stride + k] ?? 0);
        result[(n * length + place) * stride + k] = sum / total;
      }
  }
  return result;
}
