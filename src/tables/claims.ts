import { ArgumentError } from '../errors.js';
import type { Random } from '../random.js';
import { unique } from './measurements.js';
import { methodName } from './methods.js';
import { publishedAccuracy } from './published.js';
import { average, leastSeeds, pairedInterval } from './statistics.js';
import type { PairedDifferences } from './statistics.js';

/** Which test images a retrained network got right. */
export interface RoarCorrectness {
  /** 'standard', 'distilled', 'jacobian' or 'pgd'; others are passed over. */
  readonly method: string;
  readonly seed: number;
  /** Fraction of pixels removed; level 0 says nothing about maps and is passed over. */
  readonly level: number;
  /** [N], 1 where the image was classified correctly; the same images in the same order everywhere. */
  readonly correct: Uint8Array;
}

export type Verdict = 'holds' | 'contradicted' | 'not resolved at this scale';

/** A published claim, and what this run says of it. All differences are in percentage points of accuracy. */
export interface Claim {
  /** The claim in the paper's sense. */
  readonly claim: string;
  readonly verdict: Verdict;
  /** One sentence with the numbers. */
  readonly sentence: string;
  /** Accuracy with the first map minus that with the second, mean over levels: positive if the second is more faithful. */
  readonly difference: number;
  /** Ends of the 95 % interval of the difference. */
  readonly low: number;
  readonly high: number;
  /** The same difference of the published curves at the same levels, or null where they lack one of them. */
  readonly published: number | null;
}

export interface ClaimsOptions {
  /** Draws the bootstrap's resamples. */
  random: Random;
  /** Default 2000. */
  resamples?: number;
  /** Points within which two methods count as close; default 2, about half the published effect of the Jacobian at 20 %. */
  margin?: number;
}

/** A pair of methods and how its interval is read. */
interface Comparison {
  readonly pair: readonly [first: string, second: string];
  readonly claim: string;
  read(interval: { low: number; high: number }, margin: number): [Verdict, string];
}

const comparisons: readonly Comparison[] = [
  {
    pair: ['standard', 'distilled'],
    claim:
      'Defensive distillation does not improve the faithfulness of saliency maps; it is close to the standard model.',
    read({ low, high }, margin) {
      if (low > -margin && high < margin)
        return [
          'holds',
          `maps of the distilled model are as faithful as the standard model's, within ${margin} points`,
        ];
      if (low > 0)
        return ['contradicted', "maps of the distilled model are more faithful than the standard model's"];
      if (high < 0)
        return [
          'holds',
          "no improvement; maps of the distilled model are even less faithful than the standard model's, where the paper finds them close",
        ];
      return [
        'not resolved at this scale',
        `a difference of up to ${points(Math.max(-low, high))} is possible`,
      ];
    },
  },
  {
    pair: ['standard', 'jacobian'],
    claim: 'Jacobian regularisation improves the faithfulness of saliency maps.',
    read: ({ low, high }) =>
      signed({ low, high }, [
        "maps of the Jacobian-regularised model are more faithful than the standard model's",
        "maps of the Jacobian-regularised model are less faithful than the standard model's",
        'the interval holds both signs',
      ]),
  },
  {
    pair: ['jacobian', 'pgd'],
    claim: 'The improvement by Jacobian regularisation is slightly less than that by PGD training.',
    read: ({ low, high }) =>
      signed({ low, high }, [
        'maps of the PGD-trained model are more faithful than those of the Jacobian-regularised one',
        'maps of the PGD-trained model are less faithful than those of the Jacobian-regularised one',
        'the interval holds both signs',
      ]),
  },
];

/**
 * What a run says about each claim of section A3, judged by paired differences over the same test images.
 *
 * A difference is the mean over all levels above 0 at which both methods were retrained, with a 95 % bootstrap interval
 * over test images and, from three seeds on, over seeds (see `pairedInterval`). With fewer seeds it leaves out the
 * spread from training to training, and the sentence says so.
 *
 * @throws {ArgumentError} If the four methods do not share a level above 0 and a seed, or the test images differ.
 */
export function claimsA3(measurements: readonly RoarCorrectness[], options: ClaimsOptions): Claim[] {
  const { random, resamples, margin = 2 } = options;
  return comparisons.map(({ pair, claim, read }) => {
    const { levels, seeds, differences } = paired(measurements, pair);
    const interval = pairedInterval(differences, {
      random: random.fork(pair.join()),
      ...(resamples !== undefined && { resamples }),
    });
    const inPoints = { mean: interval.mean * 100, low: interval.low * 100, high: interval.high * 100 };
    const [verdict, reading] = read(inPoints, margin);
    const published = publishedDifference(pair, levels);
    const sentence = compose({ verdict, reading, pair, published, ...inPoints, levels, seeds, differences });
    const { mean: difference, low, high } = inPoints;
    return { claim, verdict, sentence, difference, low, high, published };
  });
}

function signed(
  { low, high }: { low: number; high: number },
  [above, below, neither]: readonly [string, string, string],
): [Verdict, string] {
  if (low > 0) return ['holds', above];
  if (high < 0) return ['contradicted', below];
  return ['not resolved at this scale', neither];
}

/** Per seed and image, how much more often the first method's network is right than the second's, mean over levels. */
function paired(measurements: readonly RoarCorrectness[], [first, second]: Comparison['pair']) {
  const find = (method: string, level: number, seed: number) =>
    measurements.find((row) => row.method === method && row.level === level && row.seed === seed)?.correct;
  const levels = unique(measurements.map(({ level }) => level))
    .filter((level) => level > 0)
    .filter((level) => measurements.some((row) => row.method === first && row.level === level))
    .filter((level) => measurements.some((row) => row.method === second && row.level === level))
    .sort((a, b) => a - b);
  const seeds = unique(measurements.map(({ seed }) => seed)).filter((seed) =>
    levels.every((level) => find(first, level, seed) && find(second, level, seed)),
  );
  if (levels.length === 0 || seeds.length === 0)
    throw new ArgumentError(
      `claimsA3: ${first} and ${second} must share a level above 0 and a seed with all levels, got none; run roar for both`,
    );
  const differences = seeds.map((seed) => {
    const pairs = levels.map((level) => [find(first, level, seed), find(second, level, seed)] as const);
    const images = pairs[0]?.[0]?.length ?? 0;
    if (pairs.some((pair) => pair.some((correct) => correct?.length !== images)))
      throw new ArgumentError(
        `claimsA3: ${first} and ${second} must be tested on the same images, got other numbers of them`,
      );
    return Float64Array.from({ length: images }, (_, i) =>
      average(pairs.map(([a, b]) => (a?.[i] ?? 0) - (b?.[i] ?? 0))),
    ) satisfies PairedDifferences;
  });
  return { levels, seeds, differences };
}

function publishedDifference([first, second]: Comparison['pair'], levels: readonly number[]): number | null {
  const differences = levels.map((level) => {
    const [a, b] = [publishedAccuracy(first, level), publishedAccuracy(second, level)];
    return a === undefined || b === undefined ? NaN : (a - b) * 100;
  });
  // A mean over some of the levels only is no match for ours over all.
  const mean = average(differences);
  return Number.isNaN(mean) ? null : mean;
}

interface Parts {
  verdict: Verdict;
  reading: string;
  pair: Comparison['pair'];
  published: number | null;
  mean: number;
  low: number;
  high: number;
  levels: readonly number[];
  seeds: readonly number[];
  differences: readonly PairedDifferences[];
}

const openings: Readonly<Record<Verdict, string>> = {
  holds: 'Holds',
  contradicted: 'Contradicted',
  'not resolved at this scale': 'Not resolved at this scale',
};

function compose({
  verdict,
  reading,
  pair,
  published,
  mean,
  low,
  high,
  levels,
  seeds,
  differences,
}: Parts): string {
  const [first, second] = pair.map(methodName);
  const removed = levels.map((level) => Math.round(level * 100)).join(', ');
  const images = (differences[0]?.length ?? 0).toLocaleString('en');
  const over =
    seeds.length < leastSeeds
      ? `${images} test images, ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}; the spread from training to training is not in it`
      : `${images} test images and ${seeds.length} seeds`;
  // One training more or less could turn the verdict where the spread from training to training is not measured.
  const scope = seeds.length < leastSeeds && verdict !== 'not resolved at this scale' ? ' in this run' : '';
  const reference = published === null ? '' : `; published: ${points(published)}`;
  return (
    `${openings[verdict]}${scope}: ${reading}. Accuracy ${first} − ${second} at ${removed} % removed: ` +
    `${points(mean)} (95 % interval ${number(low)} to ${number(high)}, over ${over}${reference}).`
  );
}

function points(value: number): string {
  return `${number(value)} points`;
}

function number(value: number): string {
  return value
    .toFixed(1)
    .replace('-', '−')
    .replace(/^−0\.0$/, '0.0');
}
