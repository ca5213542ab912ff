import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { imageDraws } from '../models/draws.js';
import { type Batching, type Classes, mapBatches, pause, type Slice } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { attackedClasses } from './attackedClasses.js';
import { begin, inBall, pgdPlan, type PgdOptions, type PgdPlan } from './pgdStep.js';
import { type AttackState, newStepper, type Stepper } from './stepper.js';

export type { PgdOptions } from './pgdStep.js';

/**
 * Projected gradient descent: looks for the images in the ball with the highest loss.
 *
 * The loss is the cross-entropy. The last step's images are returned, not the best of all steps; of several restarts the
 * one in which another class leads by most. Zeng et al. print the gradient's sign for both norms and give no step size;
 * here 'l2' follows the normalised gradient, and `step: 'sign'` is the printed form.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - Clean images [N, H, W, C], float32 in [0, 1].
 * @param labels - True classes [N], int32 in 0…K−1.
 * @param options - `batchSize` images are attacked at once (default 256); `label` shows progress.
 * @returns Images shaped as `images`, in [0, 1] and in the ball, also after rounding to float32 (the radius used is
 *   smaller than epsilon by about 1e-6 · (epsilon + 1)); the caller disposes them.
 * @throws {ArgumentError} If epsilon < 0, images leave [0, 1], a label is no class of the model, or N differs.
 * @throws {InterruptedError} When the user stops the work; it is checked at every step.
 * @formula x ← Π(x + stepSize · ∇L/‖∇L‖₂) for 'l2', Π(x + stepSize · sign ∇L) for 'linf', L the cross-entropy
 * @cost `steps` forward and backward passes for each start.
 * @differs The radius leaves room for rounding, and a saturated softmax stops nothing: the gradient is divided by 1 − p(label).
 *   MadryLab's robustness returns the best step's images unless `use_best=False`, starts on the 'l2' ball's border, and clamps
 *   images before the network (`should_normalize`): in PyTorch 2.15 pixels at exactly 0 or 1 have no gradient then.
 * @see Madry et al. 2018, arXiv:1706.06083; as robustness' Attacker and torchattacks' PGD.
 * @example
 * const attacked = await pgd(model, images, labels, { norm: 'l2', epsilon: 1.5, steps: 3 });
 */
export async function pgd(
  model: Classifier,
  images: Tensor4D,
  labels: Classes,
  options: PgdOptions & Batching,
): Promise<Tensor4D> {
  const plan = pgdPlan(options);
  const classes = await attackedClasses('pgd', model, { images, labels });
  const stepper = newStepper(model, plan, {
    passes: images.shape[0] * plan.steps * (options.restarts ?? 1),
  });
  try {
    return await attack(stepper, images, classes, { ...options, plan });
  } finally {
    stepper.dispose();
  }
}

/**
 * The steps of `pgd` without its checks, for who attacks batch after batch with one stepper.
 *
 * @param classes - [N].
 * @returns Shaped as `images`; the caller disposes them.
 */
export async function attack(
  stepper: Stepper,
  images: Tensor4D,
  classes: Int32Array,
  options: { plan: PgdPlan } & Pick<PgdOptions, 'random' | 'restarts'> & Batching,
): Promise<Tensor4D> {
  const { plan, random, restarts = 1, batchSize, label } = options;
  const draw = random && imageDraws(random);
  return mapBatches('pgd', images, {
    batchSize,
    label,
    body: async (batch, slice) => {
      if (plan.epsilon === 0) return tf.clone(batch);
      const labels = tf.tensor1d(classes.subarray(slice.from, slice.to), 'int32');
      const run = async (sample: number) => {
        const samples = { from: sample, to: sample + 1 };
        const offset = draw?.(inBall(plan), { images: slice, samples, shape: batch.shape });
        const start = begin(batch, { ...plan, offset });
        offset?.dispose();
        return climb(stepper, { images: batch, current: start, labels }, { slice, steps: plan.steps });
      };
      let best: Tensor4D | undefined;
      try {
        best = await run(0);
        for (let sample = 1; sample < restarts; sample++) {
          const [before, other] = [best, await run(sample)];
          best = better(stepper, { images: batch, current: before, labels }, other);
          tf.dispose([before, other]);
        }
        return best;
      } catch (error) {
        best?.dispose();
        throw error;
      } finally {
        labels.dispose();
      }
    },
  });
}

/** Takes all steps from `state.current`, which it disposes. */
async function climb(
  stepper: Stepper,
  { images, current, labels }: AttackState,
  { slice, steps }: { slice: Slice; steps: number },
): Promise<Tensor4D> {
  try {
    for (let step = 0; step < steps; step++) {
      await pause('pgd', `in step ${step + 1} of images ${slice.from} to ${slice.to - 1}`);
      const next = stepper.step({ images, current, labels });
      current.dispose();
      current = next;
    }
  } catch (error) {
    current.dispose();
    throw error;
  }
  return current;
}

/** Of `state.current` and `other`, for each image the one with the larger margin. */
function better(stepper: Stepper, state: AttackState, other: Tensor4D): Tensor4D {
  return tf.tidy(() => {
    const larger = tf.greater(stepper.margins({ ...state, current: other }), stepper.margins(state));
    return tf.where(tf.reshape(larger, [-1, 1, 1, 1]), other, state.current);
  });
}
