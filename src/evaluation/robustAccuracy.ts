import { attack, type PgdOptions } from '../attacks/pgd.js';
import { pgdPlan } from '../attacks/pgdStep.js';
import { newStepper } from '../attacks/stepper.js';
import { checkDataset, checkRange } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { type Batching, checkModel } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { type Accuracy, hits, summarise } from './accuracy.js';
import { forDataset } from '../models/forDataset.js';

/**
 * Accuracy under attack by `pgd`: an image counts if its class is predicted both for the attacked image and for the
 * clean one, which is in the ball too.
 *
 * An upper bound of the accuracy within the ball: a stronger attack may find more.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param options - Those of `pgd`.
 * @throws {ArgumentError} As `pgd`, or if the data set is empty.
 * @throws {InterruptedError} When the user stops the work.
 * @cost `steps` forward and backward passes, and 2 forward passes.
 * @example
 * const { accuracy, interval } = await robustAccuracy(model, test, { norm: 'l2', epsilon: 0.5, steps: 2 });
 */
export async function robustAccuracy(
  model: Classifier,
  dataset: Dataset,
  options: PgdOptions & Batching,
): Promise<Accuracy> {
  const plan = pgdPlan(options);
  checkDataset('robustAccuracy', dataset);
  checkRange('robustAccuracy', dataset);
  const correct = new Uint8Array(dataset.labels.length);
  const stepper = newStepper(model, plan, correct.length * plan.steps);
  try {
    await forDataset('robustAccuracy', dataset, options, async ({ images, from }) => {
      if (from === 0)
        checkModel('robustAccuracy', model, { images, classes: dataset.labels, what: 'labels' });
      const labels = dataset.labels.slice(from, from + images.shape[0]);
      const clean = await hits(model, images, labels);
      const attacked = await attack(stepper, images, labels, { ...options, plan, label: undefined });
      try {
        const found = await hits(model, attacked, labels);
        correct.set(
          found.map((hit, i) => hit & (clean[i] ?? 0)),
          from,
        );
      } finally {
        attacked.dispose();
      }
    });
  } finally {
    stepper.dispose();
  }
  return summarise(correct);
}
