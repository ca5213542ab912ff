import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { apgd, apgdTargeted, strongAttack } from '../../src/attacks/apgd.js';
import { imageNorms } from '../../src/attacks/norms.js';
import { ArgumentError } from '../../src/errors.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

const weights = normalMatrix(1, 12, 2);
const images = uniformImages(4, [6, 2, 2, 3], [0.3, 0.7]);
const model = linear(weights);
const predicted = (x: Tensor4D, of = model) => tf.argMax<Tensor1D>(of(x), 1);

describe('apgd', () => {
  it('finds the worst point of a linear network, which lowers the margin by ε‖w‖ of the dual norm', async () => {
    const labels = predicted(images);
    const difference = tf.sub(tf.slice(weights, [0, 0], [-1, 1]), tf.slice(weights, [0, 1], [-1, 1]));
    const margins = (x: Tensor4D) => tf.abs(tf.squeeze(tf.matMul(tf.reshape(x, [-1, 12]), difference), [1]));
    for (const norm of ['l2', 'linf'] as const) {
      const dual = norm === 'l2' ? tf.norm(difference) : tf.sum(tf.abs(difference));
      // Too small a ball to change any class.
      const attacked = await apgd(model, images, labels, {
        norm,
        epsilon: 0.005,
        steps: 30,
        random: seeded(1),
      });
      assert.deepEqual(predicted(attacked).dataSync(), labels.dataSync());
      const fall = tf.mul(dual, 0.005);
      // The radius is smaller by 1e-7 at most, times ‖w‖₁ < 30; margins are sums of 12 numbers below 3.
      await assertNear(margins(attacked), tf.sub(margins(images), fall), 5e-6);
    }
  });

  it('stays in the ball and in [0, 1], and gives the same bytes for the same seed', async () => {
    const network = resnet({ stem: 2, widths: [4], classes: 5, random: seeded(2) });
    const clean = uniformImages(3, [5, 6, 6, 3]);
    const labels = tf.argMax<Tensor1D>(network.predict(clean), 1);
    for (const norm of ['l2', 'linf'] as const) {
      const epsilon = norm === 'l2' ? 0.5 : 8 / 255;
      const attack = (seed: number) =>
        strongAttack(network, clean, labels, { norm, epsilon, steps: 8, batchSize: 3, random: seeded(seed) });
      const attacked = await attack(1);
      const distances = await imageNorms(tf.sub(attacked, clean), norm).data();
      assert.ok(
        distances.every((distance) => distance <= epsilon),
        distances.join(),
      );
      assert.ok(attacked.dataSync().every((value) => value >= 0 && value <= 1));
      assert.deepEqual((await attack(1)).dataSync(), attacked.dataSync());
    }
  });

  it('fools a network whose softmax is saturated as often as the same network without', async () => {
    const saturated = (x: Tensor4D) => tf.mul<tf.Tensor2D>(model(x), 1e4);
    const labels = predicted(images);
    const options = () => ({ norm: 'l2', epsilon: 0.4, steps: 20, random: seeded(4) }) as const;
    const plain = predicted(await apgd(model, images, labels, options()));
    const masked = predicted(await apgd(saturated, images, labels, options()));
    assert.deepEqual(masked.dataSync(), plain.dataSync());
    assert.notDeepEqual(plain.dataSync(), labels.dataSync());
  });

  it('returns images of another class as they are', async () => {
    const wrong = Int32Array.from(predicted(images).dataSync(), (label) => 1 - label);
    const attacked = await apgd(model, images, wrong, { norm: 'linf', epsilon: 0.1, random: seeded(1) });
    assert.deepEqual(attacked.dataSync(), images.dataSync());
  });

  it('refuses what it cannot do, and leaves no tensor behind', async () => {
    const labels = predicted(images);
    const options = { norm: 'linf', epsilon: 0.05, steps: 4, restarts: 2, random: seeded(1) } as const;
    const before = tf.memory().numTensors;
    (await apgd(model, images, labels, options)).dispose();
    await assert.rejects(
      apgdTargeted(model, images, labels, options),
      new ArgumentError('apgdTargeted: the targeted loss needs at least 4 classes, got 2'),
    );
    await assert.rejects(
      apgd(model, images, labels, { ...options, epsilon: 0 }),
      new ArgumentError('apgd: epsilon must be a number > 0, got 0'),
    );
    await assert.rejects(
      apgd(model, images, labels, { ...options, restarts: 0 }),
      new ArgumentError('apgd: restarts must be a positive integer, got 0'),
    );
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('apgdTargeted', () => {
  it('fools more images with all classes as targets than with one', async () => {
    const centred = linear(normalMatrix(5, 12, 6));
    const many = (x: Tensor4D) => centred(tf.sub(x, 0.5));
    const clean = uniformImages(6, [100, 2, 2, 3], [0.3, 0.7]);
    const labels = predicted(clean, many);
    const fooled = async (targets: number) => {
      const options = { norm: 'linf', epsilon: 0.02, steps: 10, targets, random: seeded(1) } as const;
      const found = predicted(await apgdTargeted(many, clean, labels, options), many).dataSync();
      return found.filter((label, i) => label !== labels.dataSync()[i]).length;
    };
    const [one, all] = [await fooled(1), await fooled(9)];
    assert.ok(0 < one && one < all, `${one}, ${all}`);
  });
});
