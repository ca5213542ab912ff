import { strongAttack } from '../attacks/apgd.js';
import type { ApgdOptions } from '../attacks/apgdPlan.js';
import type { Dataset } from '../data/dataset.js';
import type { Classifier } from '../models/model.js';
import type { Accuracy } from './accuracy.js';
import { type AttackBatch, attackedAccuracy } from './attackedAccuracy.js';

/**
 * Accuracy under `strongAttack`: an image counts if neither it nor what the attack makes of it is misclassified.
 *
 * Where plain PGD finds no gradient, as in a distilled network, this is the number to believe; still an upper bound.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param options - Those of `strongAttack`.
 * @throws {ArgumentError} As `strongAttack`, or if the data set is empty.
 * @throws {InterruptedError} When the user stops the work.
 * @formula mean of [argmax z(x) = y and argmax z(x_{adv}) = y]
 * @cost That of `strongAttack`, and 2 forward passes.
 * @differs `strongAttack` in place of all four attacks of AutoAttack: an upper bound of theirs.
 * @see Croce and Hein 2020, arXiv:2003.01690 (AutoAttack).
 * @example
 * const { accuracy, interval } = await strongAccuracy(model, test, { norm: 'l2', epsilon: 0.5, steps: 2, random });
 */
export async function strongAccuracy(
  model: Classifier,
  dataset: Dataset,
  options: ApgdOptions,
): Promise<Accuracy> {
  const attack: AttackBatch = (images, labels) =>
    strongAttack(model, images, labels, { ...options, label: undefined });
  return attackedAccuracy('strongAccuracy', { model, dataset, attack }, options);
}
