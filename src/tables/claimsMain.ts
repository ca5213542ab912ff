import { judge, signed, untested, writeNumber } from './claim.js';
import type { Claim, ClaimsOptions, Reading } from './claim.js';
import { contrastEvidence } from './contrast.js';
import type { RoarCorrectness } from './contrast.js';
import { methodName } from './methods.js';
import { pairedInterval } from './statistics.js';
import type { Interval } from './statistics.js';
import { publishedMainAccuracy } from './publishedMain.js';

/** From which mean correlation on an explainer counts as one that has learned its maps: a quarter of their variance. */
const enough = 0.5;

export interface ClaimsMainOptions extends ClaimsOptions {
  /**
   * How the explainer's maps correlate with those that it learned, for each seed and test image. Unless their mean exceeds
   * 0.5 with its whole interval, what its accuracy says is of another map than the paper's, and the claims on it are not
   * tested; default: not looked at.
   */
  learned?: readonly Float32Array[];
}

/** The published order of two methods: maps of the second are more faithful. */
const orders: readonly { readonly pair: readonly [less: string, more: string]; readonly claim: string }[] = [
  {
    pair: ['smoothGrad', 'robustAttribution'],
    claim: 'Robust attribution is more faithful than SmoothGrad of the standard model (Table 1).',
  },
  {
    pair: ['robustAttribution', 'explainer'],
    claim: 'The explainer is more faithful than the robust attribution that it learned from (Table 1).',
  },
  {
    pair: ['saliency', 'explainer'],
    claim: 'The explainer is more faithful than the saliency of the network that it explains (Table 1).',
  },
  {
    pair: ['occlusion', 'explainer'],
    claim: 'The explainer is more faithful than occlusion, the best of the post-hoc methods (Table 1).',
  },
  {
    pair: ['explainerStandard', 'explainer'],
    claim: "Aligned to the standard model's maps instead, the explainer is less faithful (Table 2).",
  },
];

/**
 * What a run says about the order of the main paper's methods, judged by paired differences over the same test images:
 * the mean over all levels at which both methods were retrained, in percentage points of accuracy.
 *
 * @throws {ArgumentError} If two methods that were both run share no level and seed, or the test images differ.
 */
export function claimsMain(
  rows: readonly RoarCorrectness[],
  { random, learned, ...options }: ClaimsMainOptions,
): Claim[] {
  const agreement =
    learned &&
    pairedInterval(
      learned.map((each) => Float64Array.from(each)),
      { random: random.fork('agreement') },
    );
  return orders.map(({ pair, claim }) => {
    const missing = pair.filter((method) => !rows.some((row) => row.method === method));
    if (missing.length > 0) return untested(claim, `there is no ${missing.map(methodName).join(' and no ')}`);
    const [less, more] = pair;
    const [first, second] = pair.map(methodName);
    const evidence = contrastEvidence('claimsMain', rows, {
      weights: { [less]: 1, [more]: -1 },
      quantity: `Accuracy ${first} − ${second}`,
      published: publishedMainAccuracy,
    });
    const order = signed(
      `maps of ${second} are more faithful than those of ${first}`,
      `maps of ${second} are less faithful than those of ${first}`,
    );
    const isOpen = pair.includes('explainer') && agreement && !(agreement.low > enough);
    const read = isOpen ? unlearned(agreement) : order;
    return judge(claim, { evidence, read }, { ...options, random: random.fork(pair.join()) });
  });
}

function unlearned(agreement: Interval): Reading {
  const [mean, low, high] = [agreement.mean, agreement.low, agreement.high].map((value) =>
    writeNumber(value, 2),
  );
  return () => [
    'not tested',
    `the explainer has not learned the maps it was given (mean correlation ${mean}, 95 % interval ${low} to ${high}, not above ${enough}), so its accuracy says nothing about the method`,
  ];
}
