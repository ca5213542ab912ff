import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor1D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ddn } from '../../src/attacks/ddn.js';
import { imageNorms } from '../../src/attacks/norms.js';
import { pgd } from '../../src/attacks/pgd.js';
import { ArgumentError } from '../../src/errors.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';

const network = resnet({ stem: 4, widths: [8], classes: 4, random: seeded(5) });
const images = uniformImages(6, [10, 8, 8, 3]);
const labels = tf.argMax<Tensor1D>(network.predict(images), 1);

describe('ddn', () => {
  it('ends at images of another class in [0, 1], of which pgd finds none in a ball of 0.9 times the radius', async () => {
    const found = await ddn(network, images, labels);
    const classes = tf.argMax<Tensor1D>(network.predict(found), 1).dataSync();
    assert.ok(classes.every((label, i) => label !== labels.dataSync()[i]));
    assert.ok(found.dataSync().every((value) => value >= 0 && value <= 1));
    const distances = imageNorms(tf.sub(found, images), 'l2').dataSync();
    for (const [i, distance] of distances.entries()) {
      const [image, label] = [tf.slice(images, i, 1), tf.slice(labels, i, 1)];
      const fooled = async (epsilon: number) => {
        const attacked = await pgd(network, image, label, { norm: 'l2', epsilon, steps: 40 });
        return tf.argMax<Tensor1D>(network.predict(attacked), 1).dataSync()[0] !== label.dataSync()[0];
      };
      // No ball of this size holds one, as far as another attack can tell, and one slightly larger does.
      assert.equal(await fooled(0.9 * distance), false, `image ${i} at ${distance}`);
      assert.equal(await fooled(1.1 * distance), true, `image ${i} at ${distance}`);
    }
  });

  it('does not depend on the batch size, or on whether its step is compiled', async () => {
    // 10 images × 250 steps are compiled, 3 × 250 are not.
    const options = { steps: 250 };
    const compiled = await ddn(network, images, labels, options);
    const eager = await ddn((x) => network.apply(network, x).logits, images, labels, {
      ...options,
      batchSize: 3,
    });
    const norms = (x: typeof images) => imageNorms(tf.sub(x, images), 'l2').dataSync();
    const [one, other] = [norms(compiled), norms(eager)];
    // A last bit may turn a step's class, and with it a radius by 5 %; the steps left bring it back.
    one.forEach((distance, i) => assert.ok(Math.abs(distance / (other[i] ?? NaN) - 1) < 0.02, `${distance}`));
  });

  it('returns images of another class, and those it cannot change, as they are', async () => {
    const model = linear(normalMatrix(1, 12, 2));
    const few = uniformImages(4, [6, 2, 2, 3]);
    const wrong = Int32Array.from(tf.argMax(model(few), 1).dataSync(), (label) => 1 - label);
    assert.deepEqual((await ddn(model, few, wrong)).dataSync(), few.dataSync());
    const flat = linear(tf.zeros([12, 2]));
    assert.deepEqual((await ddn(flat, few, new Int32Array(6), { steps: 3 })).dataSync(), few.dataSync());
  });

  it('refuses what it cannot do, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    (await ddn(network, images, labels, { steps: 2, batchSize: 4 })).dispose();
    await assert.rejects(
      ddn(network, images, labels, { steps: 0 }),
      new ArgumentError('ddn: steps must be a positive integer, got 0'),
    );
    await assert.rejects(
      ddn(network, images, labels, { epsilon: 0 }),
      new ArgumentError('ddn: epsilon must be a number > 0, got 0'),
    );
    await assert.rejects(
      ddn(network, images, labels, { gamma: 1 }),
      new ArgumentError('ddn: gamma must be in (0, 1), got 1'),
    );
    assert.equal(tf.memory().numTensors, before);
  });
});
