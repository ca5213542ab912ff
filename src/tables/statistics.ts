import { ArgumentError } from '../errors.js';
import type { Random } from '../random.js';

/** An interval around an estimate. */
export interface Interval {
  /** The estimate: the mean of the values, unless the function says otherwise. */
  readonly mean: number;
  /** Lower end of the 95 % interval. */
  readonly low: number;
  /** Upper end of the 95 % interval. */
  readonly high: number;
}

// Quantiles at 97.5 % of Student's t with 1…30 degrees of freedom; any statistics text.
const quantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
];

/** Below this many seeds a spread over seeds is not estimated: the points themselves are shown. */
export const leastSeeds = 3;

/**
 * The mean of independent values with its 95 % t-interval.
 *
 * @throws {ArgumentError} If there are fewer than 2 values.
 * @formula x̄ ± t · s / √n, t the 97.5 % quantile of Student's t with n − 1 degrees of freedom
 * @cost No pass.
 * @see Student 1908, doi:10.1093/biomet/6.1.1.
 * @example
 * const { mean, low, high } = tInterval([0.91, 0.93, 0.92]);
 */
export function tInterval(values: readonly number[]): Interval {
  const n = values.length;
  if (n < 2) throw new ArgumentError(`tInterval: there must be at least 2 values, got ${n}`);
  const mean = average(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = tQuantile(n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 97.5 % quantile; beyond 30 degrees the first terms of its expansion about the normal's, right to 1e-4. */
function tQuantile(degrees: number): number {
  const z = 1.959964;
  return (
    quantiles[degrees - 1] ??
    z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  );
}

/** For one seed: what each test image contributes to the difference of two methods, [N], in −1…1. */
export type PairedDifferences = Float64Array;

/** How a bootstrap draws. */
export interface BootstrapOptions {
  /** Draws the resamples; the same seed gives the same interval. */
  random: Random;
  /** Default 2000. */
  resamples?: number;
}

/**
 * The mean paired difference with its 95 % interval over test images and, from three seeds on, over seeds.
 *
 * Images are drawn anew once for all seeds in each resample, since the seeds share them; seeds are drawn anew too if
 * there are at least three. A few resampled seeds spread too little, so the interval is then at least as wide as the
 * t-interval of the seeds' means. With one or two seeds the spread of training is **not** in the interval.
 *
 * @param seeds - One array per seed, all of the same images.
 * @throws {ArgumentError} If there is no seed or no image, or the numbers of images differ.
 * @formula d̄ and its 2.5 % and 97.5 % quantiles over resamples
 * @cost No pass.
 * @see Owen 2007, arXiv:0712.1111, the pigeonhole bootstrap.
 * @example
 * const differences = [Float64Array.of(1, 0, -1, 1), Float64Array.of(1, 1, 0, 0)];
 * const { mean, low, high } = pairedInterval(differences, { random });
 */
export function pairedInterval(
  seeds: readonly PairedDifferences[],
  { random, resamples = 2000 }: BootstrapOptions,
): Interval {
  const images = seeds[0]?.length ?? 0;
  if (images === 0 || seeds.some(({ length }) => length !== images))
    throw new ArgumentError(
      `pairedInterval: every seed must have the same images, got ${seeds.map(({ length }) => length).join(', ') || 'none'}`,
    );
  const means = seeds.map((differences) => differences.reduce((sum, value) => sum + value, 0) / images);
  const mean = average(means);
  const drawn = Float64Array.from({ length: resamples }, () => resample(seeds, images, random)).sort();
  const low = drawn[Math.floor(0.025 * (resamples - 1))] ?? mean;
  const high = drawn[Math.ceil(0.975 * (resamples - 1))] ?? mean;
  if (seeds.length < leastSeeds) return { mean, low, high };
  const overSeeds = tInterval(means);
  return { mean, low: Math.min(low, overSeeds.low), high: Math.max(high, overSeeds.high) };
}

function resample(seeds: readonly PairedDifferences[], images: number, random: Random): number {
  const chosen =
    seeds.length < leastSeeds ? seeds : seeds.map(() => seeds[random.integer(seeds.length)] ?? seeds[0]);
  let sum = 0;
  for (let i = 0; i < images; i++) {
    const image = random.integer(images);
    for (const differences of chosen) sum += differences?.[image] ?? 0;
  }
  return sum / (images * seeds.length);
}
