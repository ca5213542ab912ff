import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import type { Classes } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { crossEntropyLoss, dlrLoss, targetedDlrLoss } from './apgdLoss.js';
import type { ApgdOptions } from './apgdPlan.js';
import { attackEach, type Goal } from './attackEach.js';

export type { ApgdOptions } from './apgdPlan.js';

/** 'ce', or the difference of logits ratio for networks of at least 3 classes. */
export type ApgdLossName = 'ce' | 'dlr';

/** What `apgd` takes: the ball, how it is searched, and what is made large there. */
export interface UntargetedApgdOptions extends ApgdOptions {
  /** What is made large; default 'ce'. */
  loss?: ApgdLossName;
}

/** What `apgdTargeted` takes: the ball, how it is searched, and how many classes it steers to. */
export interface TargetedApgdOptions extends ApgdOptions {
  /** How many classes are tried; default 9, of which at most K − 1 are. */
  targets?: number;
}

/**
 * Auto-PGD: PGD with momentum and a step size that adapts itself, without parameters to tune.
 *
 * Images whose class is another already come back as they are. `restarts` attack images that no run has fooled yet.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - Clean images [N, H, W, C], float32 in [0, 1].
 * @param labels - True classes [N], int32 in 0…K−1.
 * @returns Images in [0, 1] and in the ball: the last point of another class if there was one, else that with the highest
 *   loss of the first kind of run; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @throws {InterruptedError} When the user stops the work.
 * @formula z = Π(x + η s), x ← Π(x + 0.75 (z − x) + 0.25 (x − x₋₁)), s the ascent direction, η halved by rule
 * @cost `steps` + 1 forward and backward passes for each run.
 * @differs The cross-entropy is compared by log Σ_{j≠y} exp z_j − z_y, which grows with it and does not saturate: AutoAttack
 *   and torchattacks compare the loss itself, 0 in float32 from a margin of 17 on. They return images that were not fooled as
 *   they came, here with the highest loss found.
 * @see Croce and Hein 2020, arXiv:2003.01690, algorithm 1; as AutoAttack's 'apgd-ce' and 'apgd-dlr' and torchattacks' APGD.
 * @example
 * const attacked = await apgd(model, images, labels, { norm: 'l2', epsilon: 0.5, steps: 3, random });
 */
export async function apgd(
  model: Classifier,
  images: Tensor4D,
  labels: Classes,
  options: UntargetedApgdOptions,
): Promise<Tensor4D> {
  checkOptions('apgd', options);
  const { loss = 'ce' } = options;
  if (loss !== 'ce' && loss !== 'dlr') {
    throw new ArgumentError(`apgd: loss must be 'ce' or 'dlr', got ${String(loss)}`);
  }
  return attackEach('apgd', { model, images, labels, options }, [loss === 'ce' ? entropyGoal : dlrGoal]);
}

/**
 * Targeted auto-PGD on the difference of logits ratio: a run towards each of the classes that the clean image's logits
 * put next, until one is reached.
 *
 * @formula As `apgd`, on −(z_y − z_t) / (z₍₁₎ − (z₍₃₎ + z₍₄₎)/2)
 * @cost As `apgd`, for each target that is tried.
 * @differs torchattacks' APGDT gives every image of a batch the first one's step size for 'l2'; AutoAttack's own program does
 *   not, nor does this.
 * @see Croce and Hein 2020, arXiv:2003.01690, eq. 7; as AutoAttack's 'apgd-t' and torchattacks' APGDT.
 * @see `apgd`, for parameters and errors; K must be at least 4.
 * @example
 * const attacked = await apgdTargeted(model, images, labels, { norm: 'linf', epsilon: 8 / 255, steps: 2, targets: 2, random });
 */
export async function apgdTargeted(
  model: Classifier,
  images: Tensor4D,
  labels: Classes,
  options: TargetedApgdOptions,
): Promise<Tensor4D> {
  checkOptions('apgdTargeted', options);
  const { targets = 9 } = options;
  if (!Number.isSafeInteger(targets) || targets < 1) {
    throw new ArgumentError(`apgdTargeted: targets must be a positive integer, got ${targets}`);
  }
  const goals = Array.from({ length: targets }, (_, i) => towards(i + 2));
  return attackEach('apgdTargeted', { model, images, labels, options }, goals);
}

/**
 * The strongest attack here, for saying that a network is robust: `apgd` on the cross-entropy, then `apgdTargeted` on
 * what is left, which needs 4 classes: with fewer the first is all.
 *
 * @formula `apgd` on the cross-entropy, then on the targeted difference of logits ratio for 9 targets
 * @cost 10 runs of `apgd` at most, each on the images that nothing has fooled yet.
 * @differs AutoAttack's standard version adds FAB-T and Square, which rarely find more: call this APGD-CE + APGD-T, not
 *   AutoAttack.
 * @see Croce and Hein 2020, arXiv:2003.01690 (AutoAttack).
 * @see `apgd`, for parameters and errors.
 * @example
 * const attacked = await strongAttack(model, images, labels, { norm: 'l2', epsilon: 0.5, steps: 2, random });
 */
export async function strongAttack(
  model: Classifier,
  images: Tensor4D,
  labels: Classes,
  options: ApgdOptions,
): Promise<Tensor4D> {
  checkOptions('strongAttack', options);
  const goals = Array.from({ length: 9 }, (_, i) => towards(i + 2));
  return attackEach('strongAttack', { model, images, labels, options }, [entropyGoal, ...goals]);
}

const entropyGoal: Goal = { name: "'ce'", classes: 2, rank: 1, loss: crossEntropyLoss };
const dlrGoal: Goal = { name: "'dlr'", classes: 3, rank: 1, loss: dlrLoss };

/** Towards the class with the rank-th largest logit of the clean image. */
function towards(rank: number): Goal {
  return { name: 'the targeted loss', classes: 4, rank, loss: targetedDlrLoss };
}
