import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ascentDirection } from '../attacks/norms.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { forDataset } from '../models/forDataset.js';
import type { Precision } from '../compiler/index.js';
import { type Batching, checkModel } from '../models/inBatches.js';
import { logitsOf, type LogitsFunction, targetGradient } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { prepare } from '../models/passes.js';
import { checkRandom, type Random } from '../random.js';
import { perImage, type PerImage } from './perImage.js';

/** Which logit's gradient images are compared with, and whether its sign counts. */
export interface AlignmentOptions extends Batching {
  /** |⟨x, ∇Ψ⟩| / ‖∇Ψ‖ as the theorem has it; default false: ⟨x, |∇Ψ|⟩ / ‖∇Ψ‖, of the saliency map. */
  signed?: boolean;
  /** Ψ is the logit of the predicted class (default), of the true one, or of one drawn for each image. */
  target?: 'predicted' | 'true' | 'random';
  /** Draws the classes of `target: 'random'`, all of them equally likely; no default. */
  random?: Random;
  /** What a network's passes compute in; default 'float32'. A plain function computes in float32. */
  precision?: Precision;
}

/** How well images and their saliency maps agree: each value in 0…‖x‖₂, and 0 where the gradient is zero. */
export type Alignment = PerImage;

/**
 * Alignment of images with the gradient of a logit, ‖x‖₂ times the cosine of their angle.
 *
 * Zeng et al.'s figure 4 can only be read with |∇Ψ| in place of ∇Ψ, hence the default; only the signed quantity is
 * bounded by Etmann et al.'s theorem, see `boundaryDistance`. It does not change when logits are scaled. One forward and
 * one backward pass.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @throws {ArgumentError} If the data set is empty, a label is no class of the model, or random is missing.
 * @throws {InterruptedError} When the user stops the work.
 * @formula ⟨x, |∇Ψ|⟩ / ‖∇Ψ‖₂, and |⟨x, ∇Ψ⟩| / ‖∇Ψ‖₂ with `signed`
 * @cost 1 forward and 1 backward pass.
 * @differs The default takes |∇Ψ|, which only Zeng et al.'s numbers imply; Etmann et al.'s is `signed: true`.
 * @see Etmann et al. 2019, arXiv:1905.04172, definition 3.
 * @example
 * const { mean, interval } = await alignment(model, test, { signed: true });
 */
export async function alignment(
  model: Classifier,
  dataset: Dataset,
  options: AlignmentOptions = {},
): Promise<Alignment> {
  const { signed, target, random } = planOf(options);
  const { precision = 'float32' } = options;
  checkDataset('alignment', dataset);
  const values = new Float32Array(dataset.labels.length);
  let classes = target === 'true' ? dataset.labels : undefined;
  const prepared = prepare(
    model,
    { images: values.length, precision },
    (logits, inputs: { images: Tensor4D; targets?: Tensor1D }) => {
      const { images, targets = 'predicted' } = inputs;
      return { values: alignments(logits, images, { signed, target: targets }) };
    },
  );
  try {
    await forDataset('alignment', dataset, options, async ({ images, from }) => {
      if (from === 0) {
        checkModel('alignment', model, { images, classes: dataset.labels, what: 'labels' });
        if (random && target === 'random') classes = drawClasses(model, images, values.length, random);
      }
      const part = classes?.subarray(from, from + images.shape[0]);
      const targets = part && tf.tensor1d(part, 'int32');
      const found = prepared.run(targets ? { images, targets } : { images });
      try {
        values.set(await found.values.data<'float32'>(), from);
      } finally {
        tf.dispose(targets ? [targets, found.values] : found.values);
      }
    });
  } finally {
    prepared.dispose();
  }
  return perImage(values);
}

interface AlignmentPlan {
  signed: boolean;
  target: 'predicted' | 'true' | 'random';
  random: Random | undefined;
}

function planOf(options: AlignmentOptions): AlignmentPlan {
  checkOptions('alignment', options);
  const { signed = false, target = 'predicted', random } = options;
  if (!['predicted', 'true', 'random'].includes(target)) {
    throw new ArgumentError(
      `alignment: target must be 'predicted', 'true' or 'random', got ${String(target)}`,
    );
  }
  if (target === 'random') checkRandom('alignment', random);
  return { signed, target, random };
}

function drawClasses(model: Classifier, images: Tensor4D, count: number, random: Random): Int32Array {
  const classes = tf.tidy(() => logitsOf(model)(tf.slice(images, 0, 1)).shape[1]);
  const stream = random.fork(random.seed());
  return Int32Array.from({ length: count }, () => stream.integer(classes));
}

/** Each image's alignment, [N]. Pure. */
export function alignments(
  logits: LogitsFunction,
  images: Tensor4D,
  { signed, target }: { signed: boolean; target: Tensor1D | 'predicted' },
): Tensor1D {
  return tf.tidy(() => {
    const gradient = targetGradient(logits, images, target);
    const unit = ascentDirection(gradient, { norm: 'l2', step: 'normalised' });
    return tf.abs(tf.sum<Tensor1D>(tf.mul(images, signed ? unit : tf.abs(unit)), [1, 2, 3]));
  });
}
