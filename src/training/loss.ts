import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core/dist/tensor.js';

/**
 * Cross-entropy from target distributions to softmax(logits), mean over the batch.
 *
 * Its gradient is given in closed form, (softmax(z) − target)/N. Further derivatives are right too, in the logits only:
 * the gradient is computed from the logits, not from a kept output, which tfjs would take for a constant.
 *
 * @param logits - [N, K].
 * @param targets - [N, K], rows that sum to 1.
 */
export function crossEntropy(logits: Tensor2D, targets: Tensor2D): Scalar {
  const loss = tf.customGrad((z, save) => {
    // The targets too: tfjs may have freed them when the gradient is computed.
    (save as tf.GradSaveFunc)([z as Tensor2D, targets]);
    const shifted = tf.sub(z as Tensor2D, tf.max(z as Tensor2D, 1, true));
    const logarithm = tf.log(tf.sum(tf.exp(shifted), 1, true));
    const value = tf.mean<Scalar>(tf.sum(tf.mul(targets, tf.sub(logarithm, shifted)), 1));
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [logits, targets] = saved as [Tensor2D, Tensor2D];
        return tf.mul(tf.sub(tf.softmax(logits), targets), tf.div(dy, logits.shape[0]));
      },
    };
  });
  return loss(logits);
}

/** Entropy of target distributions [N, K], mean over the batch; 0·log 0 counts as 0. */
export function entropy(targets: Tensor2D): Scalar {
  const logarithms = tf.log(tf.maximum(targets, 2 ** -126));
  return tf.neg(tf.mean<Scalar>(tf.sum(tf.mul(targets, logarithms), 1)));
}
