import { average, leastSeeds, tInterval } from './statistics.js';

/** An accuracy after removal and retraining, of one method, level and seed. */
export interface RoarAccuracy {
  /** What decided which pixels are removed: 'standard', 'distilled', 'jacobian', 'pgd', 'random', 'mask', … */
  readonly method: string;
  readonly seed: number;
  /** Fraction of pixels removed, 0…1. */
  readonly level: number;
  /** On the test images, 0…1. */
  readonly accuracy: number;
  /** Test images. */
  readonly n: number;
}

/** One method at one level, over its seeds; all values are fractions. */
export interface RoarSummary {
  readonly method: string;
  readonly level: number;
  readonly mean: number;
  /** Half the 95 % t-interval over seeds; null with fewer than three of them. */
  readonly half: number | null;
  readonly seeds: number;
}

/** Means over seeds, by method in the order of their first row and by rising level. */
export function summarise(rows: readonly RoarAccuracy[]): RoarSummary[] {
  return unique(rows.map(({ method }) => method)).flatMap((method) => {
    const own = rows.filter((row) => row.method === method);
    const levels = unique(own.map(({ level }) => level)).sort((a, b) => a - b);
    return levels.map((level) => {
      const values = own.filter((row) => row.level === level).map(({ accuracy }) => accuracy);
      const interval = values.length < leastSeeds ? undefined : tInterval(values);
      const half = interval ? interval.high - interval.mean : null;
      return { method, level, mean: average(values), half, seeds: values.length };
    });
  });
}

/** The different values, in the order of their first occurrence. */
export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
