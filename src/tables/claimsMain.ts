import { judge, signed, untested, writeNumber } from './claim.js';
import type { Claim, ClaimsOptions, Reading } from './claim.js';
import { contrastEvidence } from './contrast.js';
import type { RoarCorrectness } from './contrast.js';
import { methodName } from './methods.js';
import { publishedMainAccuracy } from './publishedMain.js';

/** From which mean correlation on an explainer counts as one that has learned its maps: a quarter of their variance. */
const learned = 0.5;

export interface ClaimsMainOptions extends ClaimsOptions {
  /**
   * How the explainer's maps correlate with those that it learned, mean over some test images. Below 0.5 what its accuracy
   * says is of another map than the paper's, and the claims on it are not tested; default: not looked at.
   */
  agreement?: { readonly correlation: number; readonly images: number };
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
  { random, agreement, ...options }: ClaimsMainOptions,
): Claim[] {
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
    const isOpen = pair.includes('explainer') && agreement && !(agreement.correlation >= learned);
    const read = isOpen ? unlearned(agreement) : order;
    return judge(claim, { evidence, read }, { ...options, random: random.fork(pair.join()) });
  });
}

function unlearned({ correlation, images }: { correlation: number; images: number }): Reading {
  return () => [
    'not tested',
    `the explainer has not learned the maps it was given (correlation ${writeNumber(correlation, 2)}, mean of ${images} test images), so its accuracy says nothing about the method`,
  ];
}
