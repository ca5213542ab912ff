import { ArgumentError } from '../errors.js';
import { correlationAbout } from './pearson.js';

type Values = Float32Array | Float64Array;

/**
 * Spearman's rank correlation of two lists, −1…1; equal values share the mean of their ranks.
 *
 * @returns 0 where all values of a list are equal, which no order correlates with.
 * @throws {ArgumentError} If the lengths differ, or a value is NaN.
 * @formula Pearson's correlation of the ranks
 * @cost No pass.
 * @see Spearman 1904, doi:10.2307/1412159; as scipy.stats.spearmanr.
 * @example
 * const correlation = spearman(Float32Array.of(1, 2, 3), Float32Array.of(2, 1, 3));
 */
export function spearman(a: Values, b: Values): number {
  if (a.length !== b.length || a.length === 0) {
    throw new ArgumentError(
      `spearman: both lists must have the same length of at least 1, got ${a.length} and ${b.length}`,
    );
  }
  // The mean of all ranks 0…n−1, also with ties.
  const mean = (a.length - 1) / 2;
  return correlationAbout([mean, mean], meanRanks(a), meanRanks(b));
}

function meanRanks(values: Values): Float64Array {
  const order = sortedPositions(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (let i = start; i < end; i++) ranks[order[i] ?? 0] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}

/** Positions from the smallest value to the largest. */
function sortedPositions(values: Values): Uint32Array {
  if (values.some(Number.isNaN)) throw new ArgumentError('spearman: values must be numbers, got NaN');
  return Uint32Array.from(values.keys()).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0) || i - j);
}

/**
 * The share of the `top` largest entries of one list that are among the largest of the other, 0…1; of equal values the
 * first ones count as larger.
 *
 * @param top - Which share of the entries, in (0, 1]; at least one.
 * @formula |A ∩ B| / |A|, A and B the `top` largest entries of each
 * @cost No pass.
 * @see Ghorbani et al. 2019, arXiv:1710.10547, top-k intersection.
 * @example
 * const share = topOverlap(Float32Array.of(1, 2, 3, 4), Float32Array.of(2, 1, 4, 3), 0.5);
 */
export function topOverlap(a: Values, b: Values, top: number): number {
  if (!(top > 0 && top <= 1)) throw new ArgumentError(`topOverlap: top must be in (0, 1], got ${top}`);
  const count = Math.max(1, Math.round(top * a.length));
  const largest = (values: Values) => {
    const order = Uint32Array.from(values.keys());
    return order.sort((i, j) => (values[j] ?? 0) - (values[i] ?? 0) || i - j).subarray(0, count);
  };
  const others = new Set(largest(b));
  return largest(a).filter((position) => others.has(position)).length / count;
}

/** Wang's constants for a range of 1, and his window: a Gaussian of σ = 1.5, cut off after 5 pixels. */
const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
const radius = 5;
const window = gaussian(1.5, radius);

/** Weights of a Gaussian at −radius…radius, with sum 1. */
export function gaussian(sigma: number, radius: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Structural similarity of two grey images of range 1, −1…1: its mean over all windows that lie inside.
 *
 * @param shape - Height and width, at least 11.
 * @throws {ArgumentError} If they are smaller than the window.
 * @formula mean of (2μ_aμ_b + C₁)(2σ_{ab} + C₂) / ((μ_a² + μ_b² + C₁)(σ_a² + σ_b² + C₂)), C₁ = 0.01², C₂ = 0.03²
 * @cost No pass.
 * @differs Only windows inside the images count, as in Wang et al.'s program; scikit-image's mean crops the same border.
 * @see Wang et al. 2004, doi:10.1109/TIP.2003.819861; as scikit-image with gaussian_weights.
 * @example
 * const similarity = ssim(new Float32Array(144).fill(0.5), new Float32Array(144).fill(0.6), [12, 12]);
 */
export function ssim(a: Values, b: Values, shape: readonly [number, number]): number {
  const [height, width] = shape;
  const side = 2 * radius + 1;
  if (height < side || width < side || a.length !== height * width || b.length !== a.length) {
    throw new ArgumentError(
      `ssim: images must be [H, W] of at least ${side}×${side}, got ${a.length} and ${b.length} values for ${height}×${width}`,
    );
  }
  const smooth = (f: (x: number, y: number) => number) =>
    filtered(
      Float64Array.from(a, (x, i) => f(x, b[i] ?? NaN)),
      [height, width],
    );
  const [meanA, meanB] = [smooth((x) => x), smooth((_, y) => y)];
  const [squareA, squareB, product] = [
    smooth((x) => x * x),
    smooth((_, y) => y * y),
    smooth((x, y) => x * y),
  ];
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const [ma, mb] = [meanA[i] ?? NaN, meanB[i] ?? NaN];
    const covariance = (product[i] ?? NaN) - ma * mb;
    const variances = (squareA[i] ?? NaN) - ma * ma + (squareB[i] ?? NaN) - mb * mb;
    sum += ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (variances + c2));
  }
  return sum / meanA.length;
}

/** The weighted mean over each window inside the image, [(H − 10) · (W − 10)]. */
function filtered(values: Float64Array, [height, width]: readonly [number, number]): Float64Array {
  const [rows, columns] = [height - 2 * radius, width - 2 * radius];
  const across = new Float64Array(height * columns);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++)
      window.forEach((weight, k) => {
        across[y * columns + x] =
          (across[y * columns + x] ?? 0) + weight * (values[y * width + x + k] ?? NaN);
      });
  const both = new Float64Array(rows * columns);
  for (let i = 0; i < both.length; i++)
    window.forEach((weight, k) => {
      both[i] = (both[i] ?? 0) + weight * (across[i + k * columns] ?? NaN);
    });
  return both;
}
