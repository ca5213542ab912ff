import { unique } from './measurements.js';
import { average, leastSeeds, tInterval } from './statistics.js';

/** How the alignment reads ∇Ψ: its absolute value, or as it is. */
export type AlignmentReading = 'absolute' | 'signed';

export const alignmentReadings: readonly AlignmentReading[] = ['absolute', 'signed'];

/** Alignment of the test images with the gradients of a model, in pixel units. */
export interface AlignmentMeasurement {
  /** ℓ2 radius of its PGD training; 0: standard training. */
  readonly epsilon: number;
  readonly seed: number;
  readonly reading: AlignmentReading;
  /** [N], each image's, in the same order everywhere. */
  readonly values: Float32Array;
}

/** Mean alignment of one reading at one radius, with its 95 % interval. */
export interface AlignmentSummary {
  readonly reading: AlignmentReading;
  readonly epsilon: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly seeds: number;
}

/**
 * Means over images and seeds, by reading and rising radius.
 *
 * The interval is the t-interval over seeds from three seeds on; with fewer it is over images, ± 1.96 standard errors of
 * the images' means over seeds, and leaves out the spread from training to training.
 */
export function summariseAlignment(rows: readonly AlignmentMeasurement[]): AlignmentSummary[] {
  return alignmentReadings.flatMap((reading) => {
    const own = rows.filter((row) => row.reading === reading);
    const radii = unique(own.map(({ epsilon }) => epsilon)).sort((a, b) => a - b);
    return radii.map((epsilon) => {
      const seeds = own.filter((row) => row.epsilon === epsilon).map(({ values }) => values);
      return { reading, epsilon, ...interval(seeds), seeds: seeds.length };
    });
  });
}

function interval(seeds: readonly Float32Array[]) {
  if (seeds.length >= leastSeeds) return tInterval(seeds.map((values) => average(Array.from(values))));
  const images = Array.from(seeds[0] ?? [], (_, i) => average(seeds.map((values) => values[i] ?? NaN)));
  const mean = average(images);
  const squares = images.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = images.length > 1 ? 1.96 * Math.sqrt(squares / (images.length - 1) / images.length) : 0;
  return { mean, low: mean - half, high: mean + half };
}
