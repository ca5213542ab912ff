import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { imageDraws } from '../models/draws.js';
import type { Classes } from '../models/inBatches.js';
import { logitsOf } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { attackedClasses } from './attackedClasses.js';
import { imageNorms } from './norms.js';
import { begin, inBall, pgdPlan, type PgdOptions } from './pgdStep.js';
import { eagerStepper } from './stepper.js';

/** One image's way through an attack; entry 0 is the start, entry k what step k leaves. */
export interface AttackPath {
  /** [steps + 1, H, W, C], in [0, 1] and in the ball. */
  readonly images: Float32Array;
  /** Cross-entropy of the label, in nats, [steps + 1]. */
  readonly losses: Float32Array;
  /** [steps + 1, K]. */
  readonly probabilities: Float32Array;
  /** Distance to the clean image in the attack's norm, in pixel units, [steps + 1]. */
  readonly distances: Float32Array;
}

/**
 * `pgd` on one image, every step of it: to look at.
 *
 * @param image - [1, H, W, C], float32 in [0, 1].
 * @param label - [1], its true class.
 * @param options - Those of `pgd`; `restarts` must be 1.
 * @throws {ArgumentError} As `pgd`, or if there is more than one image or start.
 * @formula That of `pgd`.
 * @cost `steps` forward and backward passes, and 1 forward pass.
 * @differs As `pgd`.
 * @see Madry et al. 2018, arXiv:1706.06083.
 * @example
 * const [first] = batches(test, { size: 1 });
 * const path = first && (await attackPath(model, first.images, first.labels, { norm: 'l2', epsilon: 0.5, steps: 3 }));
 */
export async function attackPath(
  model: Classifier,
  image: Tensor4D,
  label: Classes,
  options: PgdOptions,
): Promise<AttackPath> {
  const plan = pgdPlan(options);
  if (image.shape[0] !== 1 || (options.restarts ?? 1) !== 1)
    throw new ArgumentError(
      `attackPath: there must be one image and one start, got ${image.shape[0]} and ${options.restarts ?? 1}`,
    );
  const [target = 0] = await attackedClasses('attackPath', model, { images: image, labels: label });
  const stepper = eagerStepper(logitsOf(model), plan);
  const path = tf.tidy(() => {
    const labels = tf.tensor1d([target], 'int32');
    const one = { from: 0, to: 1 };
    const draw = options.random && imageDraws(options.random);
    const offset = draw?.(inBall(plan), { images: one, samples: one, shape: image.shape });
    const images = [begin(image, { ...plan, offset })];
    for (let step = 0; step < plan.steps; step++)
      images.push(stepper.step({ images: image, current: images.at(-1) as Tensor4D, labels }));
    return tf.concat(images);
  });
  try {
    return await measured(model, path, { image, target, norm: plan.norm });
  } finally {
    path.dispose();
  }
}

async function measured(
  model: Classifier,
  path: Tensor4D,
  { image, target, norm }: { image: Tensor4D; target: number; norm: 'l2' | 'linf' },
): Promise<AttackPath> {
  const { losses, probabilities, distances } = tf.tidy(() => {
    const logits: Tensor2D = logitsOf(model)(path);
    const logProbabilities = tf.logSoftmax(logits, 1);
    return {
      losses: tf.neg<Tensor1D>(tf.reshape(tf.gather(logProbabilities, [target], 1), [-1])),
      probabilities: tf.exp(logProbabilities),
      distances: tf.reshape(imageNorms(tf.sub<Tensor4D>(path, image), norm), [-1]),
    };
  });
  const all = [path, losses, probabilities, distances] as const;
  try {
    const [images, ...others] = await Promise.all(all.map((tensor) => tensor.data<'float32'>()));
    const [loss, probability, distance] = others.map((values) => Float32Array.from(values));
    const none = new Float32Array();
    return {
      images: Float32Array.from(images ?? none),
      losses: loss ?? none,
      probabilities: probability ?? none,
      distances: distance ?? none,
    };
  } finally {
    tf.dispose([losses, probabilities, distances]);
  }
}
