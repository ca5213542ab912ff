import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { project } from '../../src/attacks/norms.js';
import { subset } from '../../src/data/subset.js';
import { accuracy } from '../../src/evaluation/accuracy.js';
import { robustAccuracy } from '../../src/evaluation/robustAccuracy.js';
import { strongAccuracy } from '../../src/evaluation/strongAccuracy.js';
import { inputGradient, logitsOf, oneHot } from '../../src/models/inputGradient.js';
import type { Model } from '../../src/models/model.js';
import { seeded } from '../../src/random.js';
import { distill } from '../../src/training/distillation.js';
import { trainStandard } from '../../src/training/standard.js';
import { denseModel } from '../fixtures/dense.js';
import { quarters } from '../training/toy.js';

const train = quarters(400);
const test = subset(quarters(100, 2), 50);
const ball = { norm: 'linf', epsilon: 0.2, steps: 20 } as const;
const settings = (seed: number) => ({
  epochs: 15,
  batchSize: 50,
  augment: false,
  quiet: true,
  random: seeded(seed),
});

/** PGD as it is usually written: along the sign of the cross-entropy's own gradient. */
async function plainRobustAccuracy(model: Model): Promise<number> {
  const images = tf.tensor4d(test.images as Float32Array, [50, 8, 8, 1]);
  const labels = tf.tensor1d(test.labels, 'int32');
  const logits = logitsOf(model);
  let current: Tensor4D = images;
  for (let step = 0; step < ball.steps; step++) {
    const { gradient } = inputGradient(logits, current, (z) => {
      // tf.softmax may sum up to 1 − 2⁻²⁴, which leaves a gradient by accident.
      const powers = tf.exp(tf.sub(z, tf.max(z, 1, true)));
      return tf.sub(tf.div(powers, tf.sum(powers, 1, true)), oneHot(labels, z));
    });
    current = project(tf.add(current, tf.mul(tf.sign(gradient), ball.epsilon / 8)), images, ball);
  }
  const right = tf.equal(tf.argMax(model.predict(current), 1), labels);
  return tf.mean(tf.cast(right, 'float32')).dataSync()[0] ?? NaN;
}

describe('defensive distillation', () => {
  it('stands against plain PGD, whose gradient it hides, and falls to the attacks here', async () => {
    // Papernot et al. 2016: the teacher is trained at the temperature too, and both are used at 1.
    const options = { ...settings(5), temperature: 100, learningRate: 0.1 };
    const teacher = (await trainStandard(denseModel([64, 16, 4], 4), train, options)).model;
    const student = (
      await distill(denseModel([64, 16, 4], 7), train, {
        ...settings(6),
        teacher,
        temperature: 100,
        learningRate: 0.02,
      })
    ).model;
    assert.equal((await accuracy(student, test)).accuracy, 1);
    const plain = await plainRobustAccuracy(student);
    assert.ok(plain > 0.9, `plain PGD ${plain}`);
    const { accuracy: pgd } = await robustAccuracy(student, test, ball);
    const { accuracy: strong } = await strongAccuracy(student, test, { ...ball, random: seeded(1) });
    assert.ok(pgd < 0.2 && strong < 0.2, `pgd ${pgd}, strong ${strong}`);
  });

  it('is needed for that: plain PGD fools a standard network as often as the strong attack', async () => {
    const standard = (
      await trainStandard(denseModel([64, 16, 4]), train, { ...settings(3), learningRate: 0.02 })
    ).model;
    // Nothing hides the gradient here, so that plain PGD comes as far.
    const plain = await plainRobustAccuracy(standard);
    const { accuracy: strong } = await strongAccuracy(standard, test, { ...ball, random: seeded(1) });
    assert.ok(plain < 0.1 && strong < 0.1, `plain PGD ${plain}, strong ${strong}`);
  });
});
