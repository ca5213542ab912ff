import { checkDataset, checkRange } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import {
  attackGradient,
  inBall,
  perturb,
  pgdPlan,
  type PgdOptions,
  type PgdPlan,
} from '../attacks/pgdStep.js';
import { ArgumentError } from '../errors.js';
import { imageDraws } from '../models/draws.js';
import type { Model, Tensors } from '../models/model.js';
import { networkOf } from '../models/passes.js';
import { train } from './loop.js';
import { trainPlan, type TrainOptions, type TrainResult } from './options.js';
import { standardObjective } from './standard.js';
import type { Objective } from './step.js';

/** The attack that every batch is put through; all lengths are in pixel units. */
export interface TrainingAttack extends Omit<PgdOptions, 'random' | 'targeted' | 'restarts'> {
  /** Starts the attack at a random point of the ball; default false. */
  randomStart?: boolean;
}

/** A training, and the attack that its images are put through. */
export interface AdversarialOptions extends TrainOptions {
  /** PGD on each batch; radii in pixel units: 8/255, never 8. */
  attack: TrainingAttack;
}

/**
 * Trains a network on images that an attack has made hard for it (adversarial training).
 *
 * The attack sees the network in evaluation mode and leaves the running statistics as they are, bit for bit; the step
 * that follows on the attacked images is in training mode.
 *
 * @param model - The starting point; it stays as it is.
 * @returns A new model, which the caller disposes, and losses and accuracies, both on attacked images, by epoch.
 * @throws As `trainStandard`.
 * @throws {ArgumentError} If images leave [0, 1].
 * @differs Starts at the images, as Zeng et al. do; Madry et al. start at random points (`randomStart`). The attack in evaluation
 *   mode is MadryLab's robustness's way.
 * @see Madry et al. 2018, arXiv:1706.06083.
 * @formula min over θ of mean max over ‖δ‖ ≤ ε of −log softmax(z(x + δ))_y
 * @cost 1 forward and 1 backward pass of each image and epoch, and as many again for each step of the attack.
 * @example
 * const attack = { norm: 'l2', epsilon: 0.5, steps: 2 } as const;
 * const options = { attack, epochs: 1, batchSize: 16, random, quiet: true };
 * const { model: robust } = await trainAdversarial(model, train, options);
 */
export async function trainAdversarial(
  model: Model,
  dataset: Dataset,
  options: AdversarialOptions,
): Promise<TrainResult> {
  const plan = trainPlan('trainAdversarial', options);
  if (typeof options.attack !== 'object' || options.attack === null) {
    throw new ArgumentError("trainAdversarial: attack must be given, such as {norm: 'l2', epsilon: 1}");
  }
  checkDataset('trainAdversarial', dataset);
  checkRange('trainAdversarial', dataset);
  const { randomStart = false, ...given } = options.attack;
  const attack = pgdPlan(given);
  const objective = adversarialObjective(model, { attack, randomStart });
  const identity = { attack, randomStart };
  return train(model, dataset, { name: 'trainAdversarial', plan, objective, identity });
}

/** The standard objective on attacked images. */
export function adversarialObjective(
  model: Model,
  { attack, randomStart }: { attack: PgdPlan; randomStart: boolean },
): Objective {
  return {
    ...standardObjective(model),
    attack(state, { images, labels, draws }) {
      // Once for all steps of the attack.
      const { logits } = networkOf(model, model.fold?.(state, { mirrored: false }) ?? state, {
        folded: true,
      });
      // Drawn below, shaped as the images.
      const offset = draws['offset'] as typeof images | undefined;
      return perturb((x) => attackGradient(logits, x, labels), images, {
        ...attack,
        ...(offset && { offset }),
      });
    },
    draw(random, shape): Tensors {
      if (!randomStart) return {};
      return { offset: imageDraws(random)(inBall(attack), { images: { from: 0, to: shape[0] }, shape }) };
    },
  };
}
