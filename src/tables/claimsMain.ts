import { judge, signed, untested } from './claim.js';
import type { Claim, ClaimsOptions } from './claim.js';
import { contrastEvidence } from './contrast.js';
import type { RoarCorrectness } from './contrast.js';
import { methodName } from './methods.js';
import { publishedMainAccuracy } from './publishedMain.js';

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
export function claimsMain(rows: readonly RoarCorrectness[], { random, ...options }: ClaimsOptions): Claim[] {
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
    const read = signed(
      `maps of ${second} are more faithful than those of ${first}`,
      `maps of ${second} are less faithful than those of ${first}`,
    );
    return judge(claim, { evidence, read }, { ...options, random: random.fork(pair.join()) });
  });
}
