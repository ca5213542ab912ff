import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { type ApgdLoss, crossEntropyLoss, dlrLoss, targetedDlrLoss } from '../../src/attacks/apgdLoss.js';
import { assertNear } from '../fixtures/near.js';

const logits = tf.tensor2d([
  [5, 1, 4, 2, -1],
  [0, 3, 1, 2.5, -2],
]);
const labels = tf.tensor1d([0, 2], 'int32');
const targets = tf.tensor1d([2, 1], 'int32');

/** Central differences, whose error is of the order of 0.01² and of 2⁻²⁴/0.01. */
function slopes(loss: ApgdLoss): number[] {
  const at = (i: number, shift: number) => {
    const moved = Float32Array.from(logits.dataSync());
    moved[i] = (moved[i] ?? 0) + shift;
    return loss.evaluate(tf.tensor2d(moved, [2, 5])).loss.dataSync()[Math.floor(i / 5)] ?? NaN;
  };
  return Array.from({ length: 10 }, (_, i) => (at(i, 0.01) - at(i, -0.01)) / 0.02);
}

describe("apgd's losses", () => {
  it('are the ratios of the paper', async () => {
    // −(5 − 4)/(5 − 2) and −(1 − 3)/(3 − 1).
    await assertNear(dlrLoss(labels).evaluate(logits).loss, [-1 / 3, 1], 1e-6);
    // −(5 − 4)/(5 − (2 + 1)/2) and −(1 − 3)/(3 − (1 + 0)/2).
    const targeted = targetedDlrLoss(labels, targets).evaluate(logits);
    await assertNear(targeted.loss, [-1 / 3.5, 2 / 2.5], 1e-6);
  });

  it('have the derivatives that differences show', async () => {
    for (const loss of [crossEntropyLoss(labels), dlrLoss(labels), targetedDlrLoss(labels, targets)]) {
      await assertNear(loss.evaluate(logits).seed, slopes(loss), 1e-3);
    }
  });

  it('keep a cross-entropy of e⁻⁵⁰ apart from one of e⁻⁵¹', () => {
    const far = tf.tensor2d([
      [50, 0],
      [51, 0],
    ]);
    const { loss, seed } = crossEntropyLoss(tf.tensor1d([0, 0], 'int32')).evaluate(far);
    assert.deepEqual([...loss.dataSync()], [-50, -51]);
    assert.deepEqual([...seed.dataSync()], [-1, 1, -1, 1]);
  });
});
