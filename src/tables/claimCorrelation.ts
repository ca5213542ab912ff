import { opening, untested, writeNumber } from './claim.js';
import type { Claim, Verdict } from './claim.js';
import { sharedLevels } from './contrast.js';
import type { RoarCorrectness } from './contrast.js';
import { unique } from './measurements.js';
import { publishedSetting } from './publishedSupplement.js';
import { leastPairs, rankCorrelation } from './rankCorrelation.js';
import { normName, settingId } from './settings.js';
import type { PgdSetting } from './settings.js';
import { average } from './statistics.js';
import type { Interval } from './statistics.js';

/** From which |ρ| on a correlation counts as strong: half of the variance of the ranks. */
const strong = 0.7;
/** With two radii a correlation is a difference. */
const leastRadii = 3;

/**
 * Whether ε and the accuracy after removal correlate strongly among the models of one norm, each setting and seed a pair:
 * the claim holds where the whole interval of the rank correlation lies within ± 0.7.
 *
 * @param rows - `method` is a `settingId`.
 */
export function claimCorrelation(
  rows: readonly RoarCorrectness[],
  norm: PgdSetting['norm'],
  settings: readonly PgdSetting[],
): Claim {
  const claim = `There is no strong correlation between the radius of PGD-${normName(norm)} training and the faithfulness of the maps.`;
  const pairs = pairsOf(rows, settings);
  if (unique(settings.map(({ epsilon }) => epsilon)).length < leastRadii || pairs.length < leastPairs)
    return untested(
      claim,
      `it needs ${leastRadii} radii and ${leastPairs} models of PGD-${normName(norm)}, more rows or more seeds`,
    );
  const levels = sharedLevels(rows, settings.map(settingId));
  const ours = correlation(pairs);
  const printed = settings.map((setting) => ({
    epsilon: setting.epsilon,
    accuracy: average(levels.map((level) => publishedSetting(settingId(setting), level) ?? NaN)),
  }));
  const theirs =
    printed.length >= leastPairs && printed.every(({ accuracy }) => !Number.isNaN(accuracy))
      ? correlation(printed)
      : undefined;
  const [verdict, reading] = read(ours);
  const removed = levels.map((level) => Math.round(level * 100)).join(', ');
  const reference = theirs ? `; published: ${written(theirs)} over ${printed.length} rows` : '';
  const sentence =
    `${opening(verdict)}: ${reading}. Rank correlation of ε with the accuracy at ${removed} % removed: ` +
    `${written(ours)} over ${pairs.length} models${reference}.`;
  return {
    claim,
    verdict,
    sentence,
    difference: ours.mean,
    low: ours.low,
    high: ours.high,
    published: theirs?.mean ?? null,
  };
}

interface Pair {
  readonly epsilon: number;
  /** Mean over the levels. */
  readonly accuracy: number;
}

function correlation(pairs: readonly Pair[]): Interval {
  return rankCorrelation(
    pairs.map(({ epsilon }) => epsilon),
    pairs.map(({ accuracy }) => accuracy),
  );
}

/** A pair for each setting and seed that was retrained at all of the levels that the settings share. */
function pairsOf(rows: readonly RoarCorrectness[], settings: readonly PgdSetting[]): Pair[] {
  const levels = sharedLevels(rows, settings.map(settingId));
  return settings.flatMap((setting) => {
    const own = rows.filter(({ method, level }) => method === settingId(setting) && levels.includes(level));
    return unique(own.map(({ seed }) => seed)).flatMap((seed) => {
      const accuracies = own.filter((row) => row.seed === seed).map(({ correct }) => average([...correct]));
      const whole = accuracies.length === levels.length && levels.length > 0;
      return whole ? [{ epsilon: setting.epsilon, accuracy: average(accuracies) }] : [];
    });
  });
}

function read({ low, high }: Interval): [Verdict, string] {
  if (low > -strong && high < strong) return ['holds', `the whole interval lies within ± ${strong}`];
  if (low >= strong) return ['contradicted', 'the larger ε, the higher the accuracy: maps get less faithful'];
  if (high <= -strong)
    return ['contradicted', 'the larger ε, the lower the accuracy: maps get more faithful'];
  return [
    'not resolved at this scale',
    `the interval is not on one side of ± ${strong}, from where a correlation counts as strong`,
  ];
}

function written({ mean, low, high }: Interval): string {
  const [value, least, most] = [mean, low, high].map((number) => writeNumber(number, 2));
  return `${value} (95 % interval ${least} to ${most})`;
}
