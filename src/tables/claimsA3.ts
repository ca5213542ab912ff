import { judge, signed, writeNumber } from './claim.js';
import type { Claim, ClaimsOptions, Reading } from './claim.js';
import { contrastEvidence } from './contrast.js';
import type { RoarCorrectness } from './contrast.js';
import { methodName } from './methods.js';
import { publishedAccuracy } from './published.js';

export interface ClaimsA3Options extends ClaimsOptions {
  /** Points within which two methods count as close; default 2, about half the published effect of the Jacobian at 20 %. */
  margin?: number;
}

/** A pair of methods and how the interval of the first minus the second is read. */
interface Comparison {
  readonly pair: readonly [first: string, second: string];
  readonly claim: string;
  read(margin: number): Reading;
}

const comparisons: readonly Comparison[] = [
  {
    pair: ['standard', 'distilled'],
    claim: 'Defensive distillation does not improve the faithfulness of saliency maps.',
    read: readCloseness,
  },
  {
    pair: ['standard', 'jacobian'],
    claim: 'Jacobian regularisation improves the faithfulness of saliency maps.',
    read: () =>
      signed(
        "maps of the Jacobian-regularised model are more faithful than the standard model's",
        "maps of the Jacobian-regularised model are less faithful than the standard model's",
      ),
  },
  {
    pair: ['jacobian', 'pgd'],
    claim: 'The improvement by Jacobian regularisation is slightly less than that by PGD training.',
    read: () =>
      signed(
        'maps of the PGD-trained model are more faithful than those of the Jacobian-regularised one',
        'maps of the PGD-trained model are less faithful than those of the Jacobian-regularised one',
      ),
  },
];

/**
 * What a run says about each claim of section A3, judged by paired differences over the same test images.
 *
 * A difference is the mean over all levels above 0 at which both methods were retrained, in percentage points of
 * accuracy: positive if the second map is more faithful.
 *
 * @throws {ArgumentError} If the four methods do not share a level above 0 and a seed, or the test images differ.
 */
export function claimsA3(
  measurements: readonly RoarCorrectness[],
  { random, margin = 2, ...options }: ClaimsA3Options,
): Claim[] {
  return comparisons.map(({ pair, claim, read }) => {
    const [first, second] = pair;
    const evidence = contrastEvidence('claimsA3', measurements, {
      weights: { [first]: 1, [second]: -1 },
      quantity: `Accuracy ${methodName(first)} − ${methodName(second)}`,
      published: publishedAccuracy,
    });
    return judge(claim, { evidence, read: read(margin) }, { ...options, random: random.fork(pair.join()) });
  });
}

function readCloseness(margin: number): Reading {
  return ({ low, high }) => {
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
    if (high < margin)
      return [
        'holds',
        `an improvement by ${margin} points or more is excluded; maps of the distilled model may be less faithful by up to ${writeNumber(-low, 1)} points`,
      ];
    return [
      'not resolved at this scale',
      `an improvement by up to ${writeNumber(high, 1)} points is possible, and ${margin} count as one`,
    ];
  };
}
