import { average } from './statistics.js';

/** Pearson's correlation; NaN where one of the two is constant. */
export function pearson(xs: readonly number[], ys: readonly number[]): number {
  const [x, y] = [average(xs), average(ys)];
  const sum = (f: (dx: number, dy: number) => number) =>
    xs.reduce((total, value, i) => total + f(value - x, (ys[i] ?? NaN) - y), 0);
  const scale = Math.sqrt(sum((dx) => dx * dx) * sum((_, dy) => dy * dy));
  return scale > 0 ? sum((dx, dy) => dx * dy) / scale : NaN;
}

/**
 * Pearson's correlation of two sets of maps image by image, and its mean over images; a flat map correlates with none.
 *
 * @param size - Numbers of one map.
 */
export function meanCorrelation(
  own: Float32Array,
  theirs: Float32Array,
  size: number,
): { correlation: number; images: number } {
  const images = own.length / size;
  const each = Array.from({ length: images }, (_, i) => {
    const part = (maps: Float32Array) => Array.from(maps.subarray(i * size, (i + 1) * size));
    const correlation = pearson(part(own), part(theirs));
    return Number.isNaN(correlation) ? 0 : correlation;
  });
  return { correlation: average(each), images };
}
