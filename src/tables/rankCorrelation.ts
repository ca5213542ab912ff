import { spearman } from '../evaluation/similarity.js';
import type { Interval } from './statistics.js';

/** Fewest pairs for an interval of a rank correlation. */
export const leastPairs = 4;

/**
 * Spearman's rank correlation of n ≥ 4 pairs, with its 95 % interval over the pairs; 0 where one of the two is constant.
 *
 * At ±1 Fisher's z is infinite: the interval is then that of the next |ρ| that n ranks without ties can have, and reaches
 * to ±1.
 *
 * @returns `mean` is ρ.
 * @formula tanh(artanh ρ ± 1.96 √((1 + ρ²/2) / (n − 3)))
 * @see Bonett and Wright 2000, doi:10.1007/BF02294183.
 */
export function rankCorrelation(xs: readonly number[], ys: readonly number[]): Interval {
  const n = xs.length;
  const mean = spearman(Float64Array.from(xs), Float64Array.from(ys));
  const next = 1 - 12 / (n * (n * n - 1));
  const rho = Math.min(next, Math.max(-next, mean));
  const half = 1.959964 * Math.sqrt((1 + (rho * rho) / 2) / (n - 3));
  const [low, high] = [Math.tanh(Math.atanh(rho) - half), Math.tanh(Math.atanh(rho) + half)];
  return { mean, low: Math.min(mean, low), high: Math.max(mean, high) };
}
