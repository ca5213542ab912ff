import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { isNetwork } from './classifier.js';
import type { Classifier } from './model.js';

/** A pure function images [N, H, W, C] → logits [N, K]. */
export type LogitsFunction = (images: Tensor4D) => Tensor2D;

/** What a gradient starts from: ∂(scalar)/∂(logits) [N, K], computed from the logits. */
export type LogitsSeed = (logits: Tensor2D) => Tensor2D;

/** The logits of a model in evaluation mode, or the function itself. */
export function logitsOf(model: Classifier): LogitsFunction {
  if (typeof model === 'function') return model;
  if (isNetwork(model)) return (images) => tf.tidy(() => model.apply(model, images).logits);
  // What it returns is a tensor for one, unless it has several outputs, which checkModel refuses.
  return (images) => tf.tidy(() => model.apply(images) as Tensor2D);
}

/**
 * Gradient in the images of the scalar whose derivative in the logits is `seed(logits)`, and the logits of that pass.
 *
 * Both can be differentiated further, in the images or in what `logits` depends on, as far as the network's own
 * operations allow. tfjs is silently wrong in second derivatives of operations that keep their output for the backward
 * pass (softmaxCrossEntropy, logSoftmax, exp, tanh, sigmoid), so the loss itself never enters: only the seed does, as
 * an ordinary function of the logits, of which one derivative is enough.
 *
 * @param images - [N, H, W, C].
 * @returns `gradient` shaped as `images` and `logits` [N, K]; the caller disposes both.
 */
export function inputGradient(
  logits: LogitsFunction,
  images: Tensor4D,
  seed: LogitsSeed,
): { gradient: Tensor4D; logits: Tensor2D } {
  const passes: Tensor2D[] = [];
  try {
    const gradient = differentiate(images, (x) => {
      const z = tf.keep(logits(x));
      passes.push(z);
      return seeded(z, seed);
    });
    const [z] = passes;
    if (!z) throw new TypeError('inputGradient: tf.grad did not run its function');
    // The clone belongs to the caller's scope, and connects an outer gradient to this pass.
    return { gradient, logits: tf.clone(z) };
  } finally {
    tf.dispose(passes);
  }
}

function differentiate(images: Tensor4D, scalar: (x: Tensor4D) => tf.Tensor): Tensor4D {
  try {
    return tf.grad((x) => scalar(x as Tensor4D))(images) as Tensor4D;
  } catch (cause) {
    if (!(cause instanceof Error && cause.message.startsWith('Cannot compute gradient'))) throw cause;
    throw new ArgumentError(
      'inputGradient: the logits must be computed from the images by differentiable tfjs functions, ' +
        'got a model whose logits do not depend on them',
      { cause },
    );
  }
}

/** A scalar of no interest whose gradient in the logits is defined as `seed(logits)`. */
function seeded(logits: Tensor2D, seed: LogitsSeed): tf.Tensor {
  const scalar = tf.customGrad((z, save) => {
    (save as tf.GradSaveFunc)([z as Tensor2D]);
    return { value: tf.scalar(0), gradFunc: (_dy, [saved]) => seed(saved as Tensor2D) };
  });
  return scalar(logits);
}

/**
 * Seed of the cross-entropy, summed over the images: softmax(z) − onehot(label).
 *
 * Where images do not influence each other's logits (evaluation mode), row i of the input gradient is that of image
 * i's own loss.
 *
 * @param labels - [N], int32 in 0…K−1.
 */
export function crossEntropySeed(labels: Tensor1D): LogitsSeed {
  return (logits) => tf.sub(tf.softmax(logits), oneHot(labels, logits));
}

/** Seed of the target's logit: onehot(target), where 'predicted' is each image's largest logit. */
export function targetSeed(targets: Tensor1D | 'predicted'): LogitsSeed {
  return (logits) => oneHot(targets === 'predicted' ? tf.argMax(logits, 1) : targets, logits);
}

/** 1 at each image's class, 0 elsewhere, shaped as the logits. Pure. */
export function oneHot(classes: Tensor1D, logits: Tensor2D): Tensor2D {
  const count = logits.shape[1];
  // tf.oneHot refuses a single class.
  return count === 1 ? tf.onesLike(logits) : (tf.oneHot(classes, count, 1, 0, 'float32') as Tensor2D);
}

/** Gradient of each image's cross-entropy in the image, [N, H, W, C]; the caller disposes it. */
export function lossGradient(logits: LogitsFunction, images: Tensor4D, labels: Tensor1D): Tensor4D {
  return tf.tidy(() => inputGradient(logits, images, crossEntropySeed(labels)).gradient);
}

/** Gradient of each image's target logit in the image, [N, H, W, C]; the caller disposes it. */
export function targetGradient(
  logits: LogitsFunction,
  images: Tensor4D,
  targets: Tensor1D | 'predicted',
): Tensor4D {
  return tf.tidy(() => inputGradient(logits, images, targetSeed(targets)).gradient);
}
