import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { oneHot } from '../models/inputGradient.js';

/** What APGD makes large, for each image on its own. */
export interface ApgdLoss {
  /** The loss [n] of logits [n, K], and its derivative in them, up to a positive factor for each image. Pure. */
  evaluate(logits: Tensor2D): { loss: Tensor1D; seed: Tensor2D };
  /**
   * What the first step's loss is compared with when steps upwards are counted: AutoAttack's program compares it with an
   * entry of its table that is still 0.
   */
  readonly before: number;
}

/** A kind of loss, for images of these classes [n]; only a targeted one reads the targets. */
export type LossOf = (labels: Tensor1D, targets: Tensor1D) => ApgdLoss;

/**
 * The cross-entropy, in a form that does not saturate: log(1 + eᵈ) grows with d = log Σ_{j≠y} exp z_j − z_y, so d is
 * compared in its place, and the direction of the gradient is the same. At a margin of 17 the cross-entropy itself is 0
 * in float32, and the attack would stand still.
 */
export function crossEntropyLoss(labels: Tensor1D): ApgdLoss {
  return {
    before: -Infinity,
    evaluate(logits) {
      const label = oneHot(labels, logits);
      // exp(−1e9) is 0: the label has no share.
      const others = tf.sub<Tensor2D>(logits, tf.mul(label, 1e9));
      const loss = tf.sub<Tensor1D>(tf.logSumExp(others, 1), tf.sum(tf.mul(logits, label), 1));
      return { loss, seed: tf.sub(tf.softmax(others), label) };
    },
  };
}

/** Difference of logits ratio: −(z_y − max_{j≠y} z_j) / (z₍₁₎ − z₍₃₎), with at least 3 classes. Eq. 6 of the paper. */
export function dlrLoss(labels: Tensor1D): ApgdLoss {
  return {
    before: 0,
    evaluate(logits) {
      const label = oneHot(labels, logits);
      const rival = oneHot(tf.argMax(tf.sub<Tensor2D>(logits, tf.mul(label, 1e9)), 1), logits);
      const [first, , third] = sorted(logits, 3);
      return ratio(logits, tf.sub(label, rival), tf.sub(first as Tensor2D, third as Tensor2D));
    },
  };
}

/** Its targeted form: −(z_y − z_t) / (z₍₁₎ − (z₍₃₎ + z₍₄₎)/2), with at least 4 classes. Eq. 7. */
export function targetedDlrLoss(labels: Tensor1D, targets: Tensor1D): ApgdLoss {
  return {
    before: 0,
    evaluate(logits) {
      const [first, , third, fourth] = sorted(logits, 4);
      const rear = tf.mul<Tensor2D>(tf.add(third as Tensor2D, fourth as Tensor2D), 0.5);
      const above = tf.sub<Tensor2D>(oneHot(labels, logits), oneHot(targets, logits));
      return ratio(logits, above, tf.sub(first as Tensor2D, rear));
    },
  };
}

/** One-hot rows of the largest, second, … logit of each image. */
function sorted(logits: Tensor2D, count: number): Tensor2D[] {
  const { indices } = tf.topk(logits, count);
  return tf.unstack(indices, 1).map((classes) => oneHot(classes as Tensor1D, logits));
}

/** −Σ above·z / Σ below·z and its derivative; the rows of `above` and `below` pick logits, and add up to 0. */
function ratio(logits: Tensor2D, above: Tensor2D, below: Tensor2D): { loss: Tensor1D; seed: Tensor2D } {
  const numerator = tf.sum<Tensor2D>(tf.mul(above, logits), 1, true);
  const denominator = tf.add(tf.sum<Tensor2D>(tf.mul(below, logits), 1, true), 1e-12);
  const loss = tf.neg(tf.div<Tensor2D>(numerator, denominator));
  // ∂(−a/b) = −(∂a + loss·∂b)/b, as −a/b² = loss/b.
  const seed = tf.neg(tf.div<Tensor2D>(tf.add(above, tf.mul(loss, below)), denominator));
  return { loss: tf.squeeze(loss, [1]), seed };
}
