/** A measurement of each image, and what they come to. */
export interface PerImage {
  /** Over the images. */
  readonly mean: number;
  /** Over the images; of an even number the mean of the middle two. */
  readonly median: number;
  /** 95 % interval of the mean over images drawn at random: ± 1.96 standard errors. */
  readonly interval: readonly [low: number, high: number];
  /** [N]. */
  readonly values: Float32Array;
  /** N. */
  readonly count: number;
}

/** Sums up; the median also where some values are infinite. */
export function perImage(values: Float32Array): PerImage {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // One image says nothing about the spread.
  const half = count > 1 ? 1.959963984540054 * Math.sqrt(squares / (count - 1) / count) : Infinity;
  const sorted = values.slice().sort();
  const middle = count >> 1;
  const upper = sorted[middle] ?? NaN;
  const lower = count % 2 ? upper : (sorted[middle - 1] ?? NaN);
  // Not half their sum where both are infinite.
  const median = lower === upper ? upper : (lower + upper) / 2;
  return { mean, median, interval: [mean - half, mean + half], values, count };
}

/**
 * A measurement of two lists of maps for each image.
 *
 * @param size - Values of one image.
 */
export function perPair(
  first: Float32Array,
  second: Float32Array,
  { size, measure }: { size: number; measure: (a: Float32Array, b: Float32Array) => number },
): PerImage {
  const of = (maps: Float32Array, n: number) => maps.subarray(n * size, (n + 1) * size);
  return perImage(
    Float32Array.from({ length: first.length / size }, (_, n) => measure(of(first, n), of(second, n))),
  );
}
