import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { targetGradient } from '../models/inputGradient.js';
import type { Slice } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import type { Network } from '../models/passes.js';
import { attribute, type AttributionOptions, sumOverPasses, type Targets } from './attribute.js';
import { type Baseline, baselineTensor, checkBaseline } from './baseline.js';
import { type Quadrature, quadratureOf, type QuadratureRule } from './quadrature.js';

/** The path from baseline to image, and how the integral along it is taken. */
export interface IntegratedGradientsOptions extends AttributionOptions {
  /** Points on the path; default 50. */
  steps?: number;
  /** Where the path starts; default 0, black. */
  baseline?: Baseline;
  /** How the integral is taken; default 'gauss-legendre', as in captum. */
  rule?: QuadratureRule;
  /** Multiplies by x − x′; default true. Without it, the mean gradient along the path. */
  multiplyByInputs?: boolean;
}

/**
 * Integrated gradients: the gradient's mean along the line from a baseline x′ to the image x, times x − x′, signed.
 *
 * Complete: an image's entries add up to z(x) − z(x′); what is missing shows whether `steps` is enough.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted', on the images themselves.
 * @param options - `batchSize` counts points of all images together, which bounds the memory.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @formula (x − x′) ⊙ ∫₀¹ ∇z_c(x′ + α(x − x′)) dα
 * @cost `steps` forward and backward passes.
 * @differs The default rule is captum's Gauss-Legendre; Sundararajan et al. take 'right'. captum's 'riemann_trapezoid' has
 * weights that add up to 1 − 1/steps, ours to 1.
 * @see Sundararajan et al. 2017, arXiv:1703.01365.
 * @example
 * const maps = await integratedGradients(model, images, labels, { steps: 20, rule: 'midpoint' });
 */
export async function integratedGradients(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: IntegratedGradientsOptions = {},
): Promise<Tensor4D> {
  checkOptions('integratedGradients', options);
  const { steps = 50, baseline = 0, rule = 'gauss-legendre', multiplyByInputs = true, batchSize } = options;
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new ArgumentError(`integratedGradients: steps must be a positive integer, got ${steps}`);
  }
  checkBaseline('integratedGradients', images, baseline);
  const quadrature = quadratureOf('integratedGradients', rule, steps);
  return attribute('integratedGradients', { model, images, targets, options }, async (batch) => {
    const { run, images, targets, slice } = batch;
    const mean = await sumOverPasses('integratedGradients', { ...batch, count: steps, batchSize }, (points) =>
      run(sumOfGradients, {
        images,
        targets,
        baseline: baselineTensor(baseline, slice),
        ...part(quadrature, points),
      }),
    );
    if (!multiplyByInputs) return mean;
    try {
      return tf.tidy(() => tf.mul<Tensor4D>(mean, tf.sub(images, baselineTensor(baseline, slice))));
    } finally {
      mean.dispose();
    }
  });
}

/** Σ of weight · gradient over some points of each image's path. */
export const sumOfGradients = (
  { logits }: Network,
  path: {
    images: Tensor4D;
    targets: Tensor1D;
    baseline: Tensor;
    /** [points], 0 at the baseline and 1 at the image. */
    positions: Tensor1D;
    /** [points]. */
    weights: Tensor1D;
  },
): Tensor4D => {
  const { images, targets, baseline, positions, weights } = path;
  const points = positions.shape[0];
  const axis = [points, 1, 1, 1, 1];
  const lines = tf.add(tf.mul(tf.reshape(positions, axis), tf.sub(images, baseline)), baseline);
  const [n, height, width, channels] = images.shape;
  const copies = tf.reshape<tf.Rank.R4>(lines, [points * n, height, width, channels]);
  const gradients = targetGradient(logits, copies, tf.tile(targets, [points]));
  const weighted = tf.mul(tf.reshape(gradients, [points, ...images.shape]), tf.reshape(weights, axis));
  return tf.sum<Tensor4D>(weighted, 0);
};

function part(
  { positions, weights }: Quadrature,
  { from, to }: Slice,
): { positions: Tensor1D; weights: Tensor1D } {
  return {
    positions: tf.tensor1d(Float32Array.from(positions.subarray(from, to))),
    weights: tf.tensor1d(Float32Array.from(weights.subarray(from, to))),
  };
}
