import type { Random } from '../random.js';
import { leastSeeds, pairedInterval } from './statistics.js';
import type { Interval, PairedDifferences } from './statistics.js';

export type Verdict = 'holds' | 'contradicted' | 'not resolved at this scale' | 'not tested';

/** A published claim, and what this run says of it. */
export interface Claim {
  /** The claim in the paper's sense. */
  readonly claim: string;
  readonly verdict: Verdict;
  /** One sentence with the numbers. */
  readonly sentence: string;
  /** What was measured, in the evidence's unit; null where it was not tested. */
  readonly difference: number | null;
  /** Ends of the 95 % interval of the difference. */
  readonly low: number | null;
  readonly high: number | null;
  /** The same difference of the published numbers, or null where they lack one of them. */
  readonly published: number | null;
}

export interface ClaimsOptions {
  /** Draws the bootstrap's resamples. */
  random: Random;
  /** Default 2000. */
  resamples?: number;
}

/** How a quantity is written: `scale` times the raw value, with `digits` decimals and the unit's name. */
export interface Unit {
  readonly name: string;
  readonly scale: number;
  readonly digits: number;
}

/** Percentage points of accuracies, which are raw fractions. */
export const points: Unit = { name: 'points', scale: 100, digits: 1 };

/** What speaks for or against a claim: a quantity that is a mean over test images, for each seed. */
export interface Evidence {
  /** 'Accuracy Standard − Distillation at 60, 80 % removed'. */
  readonly quantity: string;
  readonly unit: Unit;
  /** One array per seed: what each test image contributes, raw. */
  readonly differences: readonly PairedDifferences[];
  /** The published value, in the unit; null where there is none. */
  readonly published: number | null;
}

/** From an interval, in the evidence's unit, to a verdict and what it means in words. */
export type Reading = (interval: Interval) => readonly [Verdict, string];

/**
 * Judges a claim by the 95 % interval of its evidence over test images and, from three seeds on, over seeds (see
 * `pairedInterval`). With fewer seeds the interval leaves out the spread from training to training; the sentence says so.
 *
 * @throws {ArgumentError} If the evidence holds no seed or no image.
 */
export function judge(
  claim: string,
  { evidence, read }: { evidence: Evidence; read: Reading },
  { random, resamples }: ClaimsOptions,
): Claim {
  const { differences, unit, published } = evidence;
  const raw = pairedInterval(differences, { random, ...(resamples !== undefined && { resamples }) });
  const { mean, low, high } = {
    mean: raw.mean * unit.scale,
    low: raw.low * unit.scale,
    high: raw.high * unit.scale,
  };
  const [verdict, reading] = read({ mean, low, high });
  const number = (value: number) => writeNumber(value, unit.digits);
  const reference = published === null ? '' : `; published: ${number(published)} ${unit.name}`;
  const sentence =
    `${opening(verdict, differences.length)}: ${reading}. ${evidence.quantity}: ${number(mean)} ${unit.name} ` +
    `(95 % interval ${number(low)} to ${number(high)}, ${extent(differences)}${reference}).`;
  return { claim, verdict, sentence, difference: mean, low, high, published };
}

/** A claim that this run says nothing about. */
export function untested(claim: string, reason: string): Claim {
  const none = { difference: null, low: null, high: null, published: null };
  return { claim, verdict: 'not tested', sentence: `Not tested: ${reason}.`, ...none };
}

/** Reads a difference's sign: above 0 the claim holds, below it is contradicted. */
export function signed(above: string, below: string): Reading {
  return ({ low, high }) => {
    if (low > 0) return ['holds', above];
    if (high < 0) return ['contradicted', below];
    return ['not resolved at this scale', 'the interval holds both signs'];
  };
}

/** A number with a true minus sign, and none where it rounds to zero. */
export function writeNumber(value: number, digits: number): string {
  const size = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(size) !== 0 ? '−' : '') + size;
}

const openings: Readonly<Record<Verdict, string>> = {
  holds: 'Holds',
  contradicted: 'Contradicted',
  'not resolved at this scale': 'Not resolved at this scale',
  'not tested': 'Not tested',
};

/** What a sentence begins with. @param seeds - Default: their spread is in the interval. */
export function opening(verdict: Verdict, seeds = leastSeeds): string {
  // One training more or less could turn the verdict where the spread from training to training is not measured.
  const resolved = verdict === 'holds' || verdict === 'contradicted';
  return openings[verdict] + (resolved && seeds < leastSeeds ? ' in this run' : '');
}

/** What the interval is over. */
function extent(differences: readonly PairedDifferences[]): string {
  const seeds = differences.length;
  const images = (differences[0]?.length ?? 0).toLocaleString('en');
  if (seeds >= leastSeeds) return `over ${images} test images and ${seeds} seeds`;
  const few = seeds === 1 ? 'one seed' : `${seeds} seeds`;
  return `over ${images} test images, ${few}; the spread from training to training is not in it`;
}
