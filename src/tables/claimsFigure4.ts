import { ArgumentError } from '../errors.js';
import { alignmentReadings } from './alignments.js';
import type { AlignmentMeasurement, AlignmentReading } from './alignments.js';
import { exceeds } from './bounds.js';
import type { BoundMeasurement } from './bounds.js';
import { judge, signed, untested, writeNumber } from './claim.js';
import type { Claim, ClaimsOptions, Reading, Unit } from './claim.js';
import { unique } from './measurements.js';
import { publishedFigure4 } from './publishedSupplement.js';
import { average, pairedInterval } from './statistics.js';
import type { PairedDifferences } from './statistics.js';

const perRadius: Unit = { name: 'pixel units for each unit of ε', scale: 1, digits: 2 };
const share: Unit = { name: '%', scale: 100, digits: 1 };

const symbols: Readonly<Record<AlignmentReading, string>> = { absolute: '|∇Ψ|', signed: '∇Ψ' };

/**
 * What a run says about the claims on Figure 4, judged by intervals over the same test images.
 *
 * Growth is the slope of the least-squares line of alignment against ε, in each reading of the gradient. The inequality
 * is judged by the images whose minimal attack goes farther than alignment + ξ: since a minimal attack's distance is an
 * upper bound of ρ, such images leave it open and cannot contradict it.
 *
 * @throws {ArgumentError} If the radii were measured on different images.
 */
export function claimsFigure4(
  {
    alignments,
    bounds,
  }: { alignments: readonly AlignmentMeasurement[]; bounds: readonly BoundMeasurement[] },
  { random, ...options }: ClaimsOptions,
): Claim[] {
  return [
    ...alignmentReadings.map((reading) =>
      judgeGrowth(
        reading,
        alignments.filter((row) => row.reading === reading),
        { ...options, random: random.fork(reading) },
      ),
    ),
    judgeBound(bounds, { ...options, random: random.fork('bound') }),
  ];
}

function judgeGrowth(
  reading: AlignmentReading,
  rows: readonly AlignmentMeasurement[],
  options: ClaimsOptions,
): Claim {
  const symbol = symbols[reading];
  const claim = `As the radius of the PGD adversary increases, so does the alignment (with ${symbol}).`;
  const radii = unique(rows.map(({ epsilon }) => epsilon));
  if (radii.length < 2) return untested(claim, 'it needs two radii');
  const slopes = slopeWeights(radii);
  const seeds = unique(rows.map(({ seed }) => seed)).filter((seed) =>
    radii.every((epsilon) => rows.some((row) => row.seed === seed && row.epsilon === epsilon)),
  );
  const differences = seeds.map((seed) =>
    weightedSum(
      rows.filter((row) => row.seed === seed).map((row) => [slopes.get(row.epsilon) ?? 0, row.values]),
    ),
  );
  const theirs = radii.map(
    (epsilon) => publishedFigure4.find((point) => point.epsilon === epsilon)?.alignment,
  );
  const slope =
    average(radii.map((epsilon, i) => (slopes.get(epsilon) ?? 0) * (theirs[i] ?? NaN))) * radii.length;
  const evidence = {
    quantity: `Slope of the mean alignment over ε = ${[...radii].sort((a, b) => a - b).join(', ')}`,
    unit: perRadius,
    differences,
    published: reading === 'signed' || Number.isNaN(slope) ? null : slope,
  };
  const falls = resolvedFalls(rows, { radii, seeds }, options);
  return judge(claim, { evidence, read: readGrowth(symbol, falls) }, options);
}

/** A line that rises is no growth with every ε where a step between neighbours falls. */
function readGrowth(symbol: string, falls: readonly string[]): Reading {
  const read = signed(`alignment with ${symbol} grows with ε`, `alignment with ${symbol} falls with ε`);
  return (interval) => {
    const [verdict, reading] = read(interval);
    if (verdict !== 'holds' || falls.length === 0) return [verdict, reading];
    return [
      'contradicted',
      `the line through all ε rises, yet alignment with ${symbol} falls ${falls.join(' and ')}`,
    ];
  };
}

/** 'from ε = 1.5 to 2.5 by 1.59 (95 % interval 1.40 to 1.78)' for each pair of neighbouring radii between which the alignment falls with its whole interval. */
function resolvedFalls(
  rows: readonly AlignmentMeasurement[],
  { radii, seeds }: { radii: readonly number[]; seeds: readonly number[] },
  { random, resamples }: ClaimsOptions,
): string[] {
  const rising = [...radii].sort((a, b) => a - b);
  return rising.slice(1).flatMap((to, i) => {
    const from = rising[i] ?? 0;
    const differences = seeds.map((seed) => {
      const at = (epsilon: number) =>
        rows.find((row) => row.seed === seed && row.epsilon === epsilon)?.values ?? [];
      return weightedSum([
        [1, at(to)],
        [-1, at(from)],
      ]);
    });
    const options = { random: random.fork(`${from} ${to}`), ...(resamples !== undefined && { resamples }) };
    const { mean, low, high } = pairedInterval(differences, options);
    if (high >= 0) return [];
    const [fall, least, most] = [-mean, -high, -low].map((value) => writeNumber(value, 2));
    return [`from ε = ${from} to ${to} by ${fall} (95 % interval ${least} to ${most})`];
  });
}

function judgeBound(rows: readonly BoundMeasurement[], options: ClaimsOptions): Claim {
  const claim = 'The distance to the decision boundary is at most alignment + ξ (inequality 1).';
  if (rows.length === 0) return untested(claim, 'no distances were measured');
  const radii = unique(rows.map(({ epsilon }) => epsilon));
  const seeds = unique(rows.map(({ seed }) => seed));
  const differences = seeds.map((seed) =>
    weightedSum(rows.filter((row) => row.seed === seed).map((row) => [1 / radii.length, exceeds(row)])),
  );
  const evidence = {
    quantity: `Images whose minimal attack goes farther than alignment + ξ, mean over ε = ${[...radii].sort((a, b) => a - b).join(', ')}`,
    unit: share,
    differences,
    published: null,
  };
  return judge(claim, { evidence, read: readShare }, options);
}

const readShare: Reading = ({ mean }) =>
  mean === 0
    ? ['holds', "every image's minimal attack stays within alignment + ξ, and so does ρ"]
    : [
        'not resolved at this scale',
        `ρ stays within alignment + ξ for at least ${writeNumber(100 - Number(mean.toFixed(1)), 1)} % of the images; for the others the attack found nothing that near`,
      ];

/** Weights with which values at the radii add up to the slope of their least-squares line. */
function slopeWeights(radii: readonly number[]): ReadonlyMap<number, number> {
  const centre = average(radii);
  const squares = radii.reduce((sum, epsilon) => sum + (epsilon - centre) ** 2, 0);
  return new Map(radii.map((epsilon) => [epsilon, (epsilon - centre) / squares]));
}

function weightedSum(
  parts: readonly (readonly [weight: number, values: ArrayLike<number>])[],
): PairedDifferences {
  const images = parts[0]?.[1].length ?? 0;
  if (parts.some(([, values]) => values.length !== images))
    throw new ArgumentError(
      `claimsFigure4: all radii must be measured on the same images, got ${parts.map(([, values]) => values.length).join(', ')}`,
    );
  return Float64Array.from({ length: images }, (_, i) =>
    parts.reduce((sum, [weight, values]) => sum + weight * (values[i] ?? NaN), 0),
  );
}
