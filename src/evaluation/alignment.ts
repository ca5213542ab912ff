import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ascentDirection } from '../attacks/norms.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { type Batching, checkModel } from '../models/inBatches.js';
import { logitsOf, type LogitsFunction, targetGradient } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { forDataset } from '../models/forDataset.js';

export interface AlignmentOptions extends Batching {
  /** |⟨x, ∇Ψ⟩| / ‖∇Ψ‖ as the theorem has it; default false: ⟨x, |∇Ψ|⟩ / ‖∇Ψ‖, of the saliency map. */
  signed?: boolean;
  /** Ψ is the logit of the predicted class (default) or of the true one. */
  target?: 'predicted' | 'true';
}

/** How well images and their saliency maps agree. */
export interface Alignment {
  /** Over the images. */
  readonly mean: number;
  readonly median: number;
  /** 95 % interval of the mean over images drawn at random: ± 1.96 standard errors. */
  readonly interval: readonly [low: number, high: number];
  /** [N], each in 0…‖x‖₂; 0 where the gradient is zero. */
  readonly values: Float32Array;
  /** N. */
  readonly count: number;
}

/**
 * Alignment of images with the gradient of a logit, ‖x‖₂ times the cosine of their angle.
 *
 * Zeng et al.'s figure 4 can only be read with |∇Ψ| in place of ∇Ψ, hence the default; only the signed quantity is
 * bounded by Etmann et al.'s theorem. It does not change when logits are scaled.
 *
 * @throws {ArgumentError} If the data set is empty or a label is no class of the model.
 * @throws {InterruptedError} When the user stops the work.
 * @see Etmann et al. 2019, arXiv:1905.04172, definition 3.
 */
export async function alignment(
  model: Classifier,
  dataset: Dataset,
  { signed = false, target = 'predicted', ...options }: AlignmentOptions = {},
): Promise<Alignment> {
  if (target !== 'predicted' && target !== 'true') {
    throw new ArgumentError(`alignment: target must be 'predicted' or 'true', got ${String(target)}`);
  }
  checkDataset('alignment', dataset);
  const values = new Float32Array(dataset.labels.length);
  const logits = logitsOf(model);
  await forDataset('alignment', dataset, options, async ({ images, from }) => {
    if (from === 0) checkModel('alignment', model, { images, classes: dataset.labels, what: 'labels' });
    const part = tf.tidy(() => {
      const labels = tf.tensor1d(dataset.labels.subarray(from, from + images.shape[0]), 'int32');
      return alignments(logits, images, { signed, target: target === 'true' ? labels : target });
    });
    try {
      values.set(await part.data<'float32'>(), from);
    } finally {
      part.dispose();
    }
  });
  return { ...summary(values), values, count: values.length };
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

function summary(values: Float32Array): Pick<Alignment, 'mean' | 'median' | 'interval'> {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // One image says nothing about the spread.
  const half = count > 1 ? 1.959963984540054 * Math.sqrt(squares / (count - 1) / count) : Infinity;
  const sorted = values.slice().sort();
  const middle = count >> 1;
  const upper = sorted[middle] ?? NaN;
  const median = count % 2 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
  return { mean, median, interval: [mean - half, mean + half] };
}
