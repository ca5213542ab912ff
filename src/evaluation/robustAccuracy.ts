import { attack, type PgdOptions } from '../attacks/pgd.js';
import { pgdPlan } from '../attacks/pgdStep.js';
import { newStepper } from '../attacks/stepper.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import type { Classifier } from '../models/model.js';
import type { Accuracy, AccuracyOptions } from './accuracy.js';
import { attackedAccuracy } from './attackedAccuracy.js';

/**
 * Accuracy under attack by `pgd`: an image counts if its class is predicted both for the attacked image and for the
 * clean one, which is in the ball too.
 *
 * An upper bound of the accuracy within the ball: a stronger attack may find more.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param options - Those of `pgd`; `precision` is what passes of the attack and of the accuracy compute in.
 * @throws {ArgumentError} As `pgd`, or if the data set is empty.
 * @throws {InterruptedError} When the user stops the work.
 * @formula mean of [argmax z(x) = y and argmax z(x_{adv}) = y]
 * @cost `steps` forward and backward passes, and 2 forward passes.
 * @differs An image that is misclassified clean never counts, whatever the attack returns: it is in the ball.
 * @see Madry et al. 2018, arXiv:1706.06083, section 2.
 * @example
 * const { accuracy, interval } = await robustAccuracy(model, test, { norm: 'l2', epsilon: 0.5, steps: 2 });
 */
export async function robustAccuracy(
  model: Classifier,
  dataset: Dataset,
  options: PgdOptions & AccuracyOptions,
): Promise<Accuracy> {
  const plan = pgdPlan(options);
  checkDataset('robustAccuracy', dataset);
  const stepper = newStepper(model, plan, {
    passes: dataset.labels.length * plan.steps,
    precision: options.precision,
  });
  const pgd = { ...options, plan, label: undefined };
  try {
    return await attackedAccuracy(
      'robustAccuracy',
      { model, dataset, attack: (images, labels) => attack(stepper, images, labels, pgd) },
      options,
    );
  } finally {
    stepper.dispose();
  }
}
