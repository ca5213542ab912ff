import { ArgumentError } from '../errors.js';
import { points } from './claim.js';
import type { Evidence } from './claim.js';
import { unique } from './measurements.js';
import { average } from './statistics.js';
import type { PairedDifferences } from './statistics.js';

/** Which test images a retrained network got right. */
export interface RoarCorrectness {
  /** What decided which pixels were removed. */
  readonly method: string;
  readonly seed: number;
  /** Fraction of pixels removed; level 0 says nothing about maps and is passed over. */
  readonly level: number;
  /** [N], 1 where the image was classified correctly; the same images in the same order everywhere. */
  readonly correct: Uint8Array;
}

/** A weighted sum of the methods' accuracies after removal; weights that add up to 0 compare methods. */
export interface Contrast {
  readonly weights: Readonly<Record<string, number>>;
  /** What the sum is: 'Accuracy Standard − Distillation'. */
  readonly quantity: string;
  /** The published accuracy of a method at a level, 0…1. */
  published(method: string, level: number): number | undefined;
}

/**
 * A contrast as evidence: for each seed and test image the weighted sum over methods, mean over the levels above 0 at
 * which all of them were retrained.
 *
 * @param name - The function that judges, for messages.
 * @throws {ArgumentError} If the methods do not share a level above 0 and a seed, or the test images differ.
 */
export function contrastEvidence(
  name: string,
  rows: readonly RoarCorrectness[],
  contrast: Contrast,
): Evidence {
  const methods = Object.keys(contrast.weights);
  const find = (method: string, level: number, seed: number) =>
    rows.find((row) => row.method === method && row.level === level && row.seed === seed)?.correct;
  const levels = sharedLevels(rows, methods);
  const seeds = unique(rows.map(({ seed }) => seed)).filter((seed) =>
    levels.every((level) => methods.every((method) => find(method, level, seed))),
  );
  if (levels.length === 0 || seeds.length === 0)
    throw new ArgumentError(
      `${name}: ${listed(methods)} must share a level above 0 and a seed with all levels, got none; run roar for ${methods.length === 2 ? 'both' : 'all'}`,
    );
  const differences = seeds.map((seed) => {
    const parts = levels.flatMap((level) =>
      Object.entries(contrast.weights).map(([method, weight]) => ({
        weight: weight / levels.length,
        correct: find(method, level, seed) ?? new Uint8Array(),
      })),
    );
    return weightedSum(name, methods, parts);
  });
  const removed = levels.map((level) => Math.round(level * 100)).join(', ');
  return {
    quantity: `${contrast.quantity} at ${removed} % removed`,
    unit: points,
    differences,
    published: publishedContrast(contrast, levels),
  };
}

/** Levels above 0 that every method was retrained at, rising. */
export function sharedLevels(
  rows: readonly Pick<RoarCorrectness, 'method' | 'level'>[],
  methods: readonly string[],
): number[] {
  return unique(rows.map(({ level }) => level))
    .filter((level) => level > 0)
    .filter((level) =>
      methods.every((method) => rows.some((row) => row.method === method && row.level === level)),
    )
    .sort((a, b) => a - b);
}

function weightedSum(
  name: string,
  methods: readonly string[],
  parts: readonly { weight: number; correct: Uint8Array }[],
): PairedDifferences {
  const images = parts[0]?.correct.length ?? 0;
  if (parts.some(({ correct }) => correct.length !== images))
    throw new ArgumentError(
      `${name}: ${listed(methods)} must be tested on the same images, got other numbers of them`,
    );
  return Float64Array.from({ length: images }, (_, i) =>
    parts.reduce((sum, { weight, correct }) => sum + weight * (correct[i] ?? 0), 0),
  );
}

/** The same contrast of the published numbers, in points; null unless they have every method at every level. */
function publishedContrast({ weights, published }: Contrast, levels: readonly number[]): number | null {
  const atLevels = levels.map((level) =>
    Object.entries(weights).reduce(
      (sum, [method, weight]) => sum + weight * (published(method, level) ?? NaN) * 100,
      0,
    ),
  );
  // A mean over some of the levels only is no match for ours over all.
  const mean = average(atLevels);
  return Number.isNaN(mean) ? null : mean;
}

/** 'a and b', 'a, b and c'. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
