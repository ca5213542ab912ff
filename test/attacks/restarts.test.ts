import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { pgd } from '../../src/attacks/pgd.js';
import { ArgumentError } from '../../src/errors.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';

const model = resnet({ stem: 4, widths: [4, 8], classes: 2, random: seeded(1) });
const images = uniformImages(2, [12, 8, 8, 3]);
const labels = tf.argMax<Tensor1D>(model.predict(images), 1);
const options = { norm: 'linf', epsilon: 0.03, steps: 3, stepSize: 0.004 } as const;

/** By how much the other class leads. */
function leads(attacked: Tensor4D): number[] {
  const [own, truth] = [model.predict(attacked).arraySync(), labels.dataSync()];
  return own.map(([a = 0, b = 0], i) => (truth[i] === 0 ? b - a : a - b));
}

describe("pgd's restarts", () => {
  it('never end at a worse image than one start, and at a better one for some', async () => {
    const attack = (restarts: number) =>
      pgd(model, images, labels, { ...options, restarts, random: seeded(3) });
    const [one, five] = [leads(await attack(1)), leads(await attack(5))];
    const gains = five.map((lead, i) => lead - (one[i] ?? NaN));
    assert.ok(
      gains.every((gain) => gain >= 0),
      gains.join(),
    );
    assert.ok(gains.filter((gain) => gain > 0).length >= 6, gains.join());
  });

  it('never end farther from a target', async () => {
    const targets = Int32Array.from(labels.dataSync(), (label) => 1 - label);
    const attack = (restarts: number) =>
      pgd(model, images, targets, { ...options, targeted: true, restarts, random: seeded(3) });
    const [one, five] = [leads(await attack(1)), leads(await attack(5))];
    assert.ok(five.every((lead, i) => lead >= (one[i] ?? NaN)));
  });

  it('need random starts, and leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    (await pgd(model, images, labels, { ...options, restarts: 3, random: seeded(1) })).dispose();
    assert.equal(tf.memory().numTensors, before);
    await assert.rejects(
      pgd(model, images, labels, { ...options, restarts: 3 }),
      new ArgumentError('pgd: 3 restarts must have random starts; give random: seeded(0)'),
    );
    await assert.rejects(
      pgd(model, images, labels, { ...options, restarts: 1.5 }),
      new ArgumentError('pgd: restarts must be a positive integer, got 1.5'),
    );
  });
});
