import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import '../../src/native/index.js';
import { attackPath } from '../../src/attacks/attackPath.js';
import { pgd } from '../../src/attacks/pgd.js';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';

// Two pixels of one channel; class 0's logit is the first pixel, class 1's the second.
const logits = (images: Tensor4D): Tensor2D => tf.reshape(images, [-1, 2]);
const image = () => tf.tensor4d([0.5, 0.5], [1, 1, 2, 1]);
const options = { norm: 'linf', epsilon: 0.2, steps: 2, stepSize: 0.15 } as const;

describe('attackPath', () => {
  it('keeps every step of the attack, with loss, probabilities and distance', async () => {
    const x = image();
    const path = await attackPath(logits, x, [0], options);
    x.dispose();
    const close = (values: Float32Array, wanted: number[]) => {
      assert.equal(values.length, wanted.length);
      // 2e-6: the ball is smaller than ε by what float32 rounds away.
      wanted.forEach((value, i) => assert.ok(Math.abs((values[i] ?? NaN) - value) < 2e-6, `${values[i]}`));
    };
    // The first pixel falls, the second rises, by 0.15, then to the ball's edge.
    close(path.images, [0.5, 0.5, 0.35, 0.65, 0.3, 0.7]);
    close(path.distances, [0, 0.15, 0.2]);
    // ln(1 + e^(z1 − z0)) with z1 − z0 = 0, 0.3, 0.4.
    close(
      path.losses,
      [0, 0.3, 0.4].map((margin) => Math.log1p(Math.exp(margin))),
    );
    close(
      path.probabilities,
      [0, 0.3, 0.4].flatMap((margin) => [1 / (1 + Math.exp(margin)), 1 / (1 + Math.exp(-margin))]),
    );
  });

  it('ends where pgd ends, from the same random start', async () => {
    const x = image();
    const before = tf.memory().numTensors;
    const { images } = await attackPath(logits, x, [0], { ...options, random: seeded(1) });
    assert.equal(tf.memory().numTensors, before);
    const end = await pgd(logits, x, [0], { ...options, random: seeded(1) });
    assert.deepEqual(images.subarray(4), await end.data());
    tf.dispose([x, end]);
  });

  it('takes one image and one start', async () => {
    const two = tf.zeros<tf.Rank.R4>([2, 1, 2, 1]);
    await assert.rejects(
      attackPath(logits, two, [0, 0], options),
      new ArgumentError('attackPath: there must be one image and one start, got 2 and 1'),
    );
    two.dispose();
  });
});
