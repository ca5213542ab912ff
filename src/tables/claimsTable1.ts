import { claimCorrelation } from './claimCorrelation.js';
import { judge, points, signed, untested, writeNumber } from './claim.js';
import type { Claim, ClaimsOptions, Reading } from './claim.js';
import { contrastEvidence } from './contrast.js';
import { unique } from './measurements.js';
import { publishedSetting } from './publishedSupplement.js';
import { normName, radiusName, settingId } from './settings.js';
import type { PgdSetting } from './settings.js';
import { average } from './statistics.js';

/** Which test images a network got right that was retrained on what the maps of a PGD-trained model leave. */
export interface SweepCorrectness {
  readonly setting: PgdSetting;
  readonly seed: number;
  /** Fraction of pixels removed. */
  readonly level: number;
  /** [N], 1 where the image was classified correctly. */
  readonly correct: Uint8Array;
}

export interface ClaimsTable1Options extends ClaimsOptions {
  /**
   * Points of accuracy between the smallest and the largest ε below which accuracies are close; default 5: the published
   * ones of a norm, which the paper calls close, span up to 5.3 (ℓ∞, mean of 60 and 80 % removed) and 3.5 (of all levels).
   */
  margin?: number;
}

const close = (norm: string) =>
  `Whatever the radius of PGD-${norm} training, the accuracies are close to each other.`;
const norms = ['l2', 'linf'] as const;
const l2Better =
  'Maps of PGD-ℓ2 trained models are slightly more faithful than those of PGD-ℓ∞ trained ones.';

/**
 * What a run says about the claims on Table 1, judged by intervals over the same test images.
 *
 * 'Close' is a test of equivalence: the change of accuracy from the smallest to the largest ε along the least-squares
 * line, with an intercept for each t, must lie within ± `margin` with its whole interval. It and the correlation of ε with
 * accuracy are measured in each norm on its own, whose radii cannot be compared.
 *
 * @throws {ArgumentError} If settings do not share a level above 0 and a seed, or the test images differ.
 */
export function claimsTable1(
  rows: readonly SweepCorrectness[],
  { random, margin = 5, ...options }: ClaimsTable1Options,
): Claim[] {
  const named = rows.map((row) => ({ ...row, method: settingId(row.setting) }));
  const settings = [...new Map(rows.map(({ setting }) => [settingId(setting), setting])).values()];
  const ofNorm = (norm: PgdSetting['norm']) => settings.filter((setting) => setting.norm === norm);
  const slopes = norms.map((norm) => {
    const claim = close(normName(norm));
    const weights = slopeWeights(ofNorm(norm));
    if (!weights) return untested(claim, `it needs two radii of PGD-${normName(norm)} at the same t`);
    const radii = ofNorm(norm).toSorted((a, b) => a.epsilon - b.epsilon);
    const [least, most] = [radii[0], radii.at(-1)].map((setting) => setting && radiusName(setting));
    const evidence = contrastEvidence('claimsTable1', named, {
      weights,
      quantity: `Accuracy at ε = ${most} − accuracy at ε = ${least}, by the fitted line over ${ofNorm(norm).length} settings,`,
      published: publishedSetting,
    });
    return judge(claim, { evidence, read: readSlope(margin) }, { ...options, random: random.fork(norm) });
  });
  const correlations = norms.map((norm) => claimCorrelation(named, norm, ofNorm(norm)));
  return [
    ...slopes,
    ...correlations,
    judgeNorms(named, { l2: ofNorm('l2'), linf: ofNorm('linf') }, { ...options, random }),
  ];
}

function judgeNorms(
  rows: readonly (SweepCorrectness & { method: string })[],
  { l2, linf }: Readonly<Record<'l2' | 'linf', readonly PgdSetting[]>>,
  { random, ...options }: ClaimsOptions,
): Claim {
  if (l2.length === 0 || linf.length === 0) return untested(l2Better, 'it needs models of both norms');
  const weights = Object.fromEntries([
    ...linf.map((setting) => [settingId(setting), 1 / linf.length]),
    ...l2.map((setting) => [settingId(setting), -1 / l2.length]),
  ]);
  const evidence = contrastEvidence('claimsTable1', rows, {
    weights,
    quantity: `Mean accuracy over ${counted(linf, 'ℓ∞')} − mean over ${counted(l2, 'ℓ2')}`,
    published: publishedSetting,
  });
  const read = signed(
    "maps of the ℓ2-trained models are more faithful than the ℓ∞-trained ones'",
    "maps of the ℓ2-trained models are less faithful than the ℓ∞-trained ones'",
  );
  return judge(l2Better, { evidence, read }, { ...options, random: random.fork('norms') });
}

/** '1 ℓ2 setting'. */
function counted({ length }: readonly PgdSetting[], norm: string): string {
  return `${length} ${norm} setting${length === 1 ? '' : 's'}`;
}

/**
 * Weights with which accuracies add up to the change along the least-squares line in ε from the smallest to the largest,
 * or undefined unless two radii share a t. Each t has its own intercept.
 */
function slopeWeights(settings: readonly PgdSetting[]): Record<string, number> | undefined {
  const deviations = unique(settings.map(({ t }) => t)).flatMap((t) => {
    const own = settings.filter((setting) => setting.t === t);
    const centre = average(own.map(({ epsilon }) => epsilon));
    return own.map((setting) => ({ setting, deviation: setting.epsilon - centre }));
  });
  const squares = deviations.reduce((sum, { deviation }) => sum + deviation ** 2, 0);
  if (!(squares > 0)) return undefined;
  const radii = settings.map(({ epsilon }) => epsilon);
  const range = Math.max(...radii) - Math.min(...radii);
  return Object.fromEntries(
    deviations.map(({ setting, deviation }) => [settingId(setting), (deviation * range) / squares]),
  );
}

function readSlope(margin: number): Reading {
  return ({ low, high }) => {
    const limit = `${margin} ${points.name}`;
    if (low > -margin && high < margin) {
      const trend = low > 0 || high < 0 ? 'a resolved but small trend' : 'no trend resolved';
      return ['holds', `from the smallest to the largest ε accuracy changes by less than ${limit}; ${trend}`];
    }
    if (low >= margin)
      return ['contradicted', `with ε accuracy rises by more than ${limit}: maps get less faithful`];
    if (high <= -margin)
      return ['contradicted', `with ε accuracy falls by more than ${limit}: maps get more faithful`];
    const possible = writeNumber(Math.max(-low, high), 1);
    return [
      'not resolved at this scale',
      `a change of up to ${possible} points is possible, and up to ${limit} count as close`,
    ];
  };
}
