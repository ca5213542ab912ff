import { judge, points, signed, untested, writeNumber } from './claim.js';
import type { Claim, ClaimsOptions, Reading } from './claim.js';
import { contrastEvidence, sharedLevels } from './contrast.js';
import { unique } from './measurements.js';
import { publishedSetting } from './publishedSupplement.js';
import { pearson } from './correlation.js';
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
   * Points of accuracy between the smallest and the largest ε from which on a correlation is strong; default 5, half of
   * what a robust model's maps gain over a standard one's in the main paper's Table 1 (86.6 − 77.0, mean over levels).
   */
  margin?: number;
}

const noCorrelation = (norm: string) =>
  `There is no strong correlation between the radius of PGD-${norm} training and the faithfulness of the maps.`;
const l2Better =
  'Maps of PGD-ℓ2 trained models are slightly more faithful than those of PGD-ℓ∞ trained ones.';

/**
 * What a run says about the claims on Table 1, judged by intervals over the same test images.
 *
 * 'No strong correlation' is a test of equivalence: the change of accuracy from the smallest to the largest ε along the
 * least-squares line, with an intercept for each t, must lie within ± `margin` with its whole interval. It is measured in
 * each norm on its own, whose radii cannot be compared.
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
  const slopes = (['l2', 'linf'] as const).map((norm) => {
    const claim = noCorrelation(normName(norm));
    const weights = slopeWeights(ofNorm(norm));
    if (!weights) return untested(claim, `it needs two radii of PGD-${normName(norm)} at the same t`);
    const radii = ofNorm(norm).toSorted((a, b) => a.epsilon - b.epsilon);
    const [least, most] = [radii[0], radii.at(-1)].map((setting) => setting && radiusName(setting));
    const evidence = contrastEvidence('claimsTable1', named, {
      weights,
      quantity: `Accuracy at ε = ${most} − accuracy at ε = ${least}, by the fitted line over ${ofNorm(norm).length} models,`,
      published: publishedSetting,
    });
    const correlations = describeCorrelation(named, ofNorm(norm));
    const read = readSlope(margin, correlations);
    return judge(claim, { evidence, read }, { ...options, random: random.fork(norm) });
  });
  return [...slopes, judgeNorms(named, { l2: ofNorm('l2'), linf: ofNorm('linf') }, { ...options, random })];
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
    quantity: `Mean accuracy over ${linf.length} ℓ∞ settings − mean over ${l2.length} ℓ2 settings`,
    published: publishedSetting,
  });
  const read = signed(
    "maps of the ℓ2-trained models are more faithful than the ℓ∞-trained ones'",
    "maps of the ℓ2-trained models are less faithful than the ℓ∞-trained ones'",
  );
  return judge(l2Better, { evidence, read }, { ...options, random: random.fork('norms') });
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

function readSlope(margin: number, correlations: string): Reading {
  return ({ low, high }) => {
    const limit = `${margin} ${points.name}`;
    if (low > -margin && high < margin) {
      const trend = low > 0 || high < 0 ? 'a resolved but small trend' : 'no trend resolved';
      return [
        'holds',
        `from the smallest to the largest ε accuracy changes by less than ${limit}; ${trend}${correlations}`,
      ];
    }
    if (low >= margin)
      return [
        'contradicted',
        `with ε accuracy rises by more than ${limit}: maps get less faithful${correlations}`,
      ];
    if (high <= -margin)
      return [
        'contradicted',
        `with ε accuracy falls by more than ${limit}: maps get more faithful${correlations}`,
      ];
    const possible = writeNumber(Math.max(-low, high), 1);
    return [
      'not resolved at this scale',
      `a change of up to ${possible} points is possible, and ${limit} count as strong${correlations}`,
    ];
  };
}

/** Pearson's r over the settings, as a description: from three radii on, since two are always on a line. */
function describeCorrelation(
  rows: readonly (SweepCorrectness & { method: string })[],
  settings: readonly PgdSetting[],
): string {
  if (unique(settings.map(({ epsilon }) => epsilon)).length < 3) return '';
  const ids = settings.map(settingId);
  const levels = sharedLevels(rows, ids);
  const radii = settings.map(({ epsilon }) => epsilon);
  const ours = pearson(
    radii,
    ids.map((id) =>
      average(
        rows
          .filter(({ method, level }) => method === id && levels.includes(level))
          .map(({ correct }) => average([...correct])),
      ),
    ),
  );
  const theirs = pearson(
    radii,
    ids.map((id) => average(levels.map((level) => publishedSetting(id, level) ?? NaN))),
  );
  const published = Number.isNaN(theirs) ? '' : `, published ${writeNumber(theirs, 2)}`;
  return Number.isNaN(ours) ? '' : ` (r = ${writeNumber(ours, 2)} over the settings${published})`;
}
