import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { gradientShap } from '../../src/attribution/gradientShap.js';
import { integratedGradients } from '../../src/attribution/integratedGradients.js';
import { ArgumentError } from '../../src/errors.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { homogeneous, linear, normalMatrix, uniformImages } from '../fixtures/linear.js';
import { assertNear } from '../fixtures/near.js';

describe('gradientShap', () => {
  it('is w ⊙ (x − x′) for a linear model and one baseline, with any number of samples', async () => {
    const weights = normalMatrix(1, 12, 3);
    const [images, baselines] = [uniformImages(2, [3, 2, 2, 3]), uniformImages(3, [1, 2, 2, 3])];
    const maps = await gradientShap(linear(weights), images, [1, 1, 1], {
      samples: 3,
      baselines,
      random: seeded(1),
    });
    const column = tf.reshape(tf.slice(weights, [0, 1], [-1, 1]), [1, 2, 2, 3]);
    // Means of three numbers below 4.
    await assertNear(maps, tf.mul(tf.sub(images, baselines), column), 2e-6);
  });

  it('tends to integrated gradients with one baseline', async () => {
    const model = homogeneous(4, 12);
    const images = uniformImages(5, [2, 2, 2, 3]);
    const baselines = uniformImages(6, [1, 2, 2, 3], [-1, 0]);
    const exact = await integratedGradients(model, images, [0, 0], {
      steps: 500,
      baseline: tf.squeeze<tf.Tensor3D>(baselines, [0]),
    });
    const maps = await gradientShap(model, images, [0, 0], { samples: 4000, baselines, random: seeded(2) });
    // Gradients on the path differ by about 2, the paths are up to 2 long: a spread of 4/√4000 = 0.06, times 4.
    await assertNear(maps, exact, 0.25);
    assert.ok(((await tf.max(tf.abs(exact)).data())[0] ?? 0) > 1);
  });

  it('does not depend on the batch size, but for rounding, and differs from call to call', async () => {
    const model = resnet({ stem: 2, widths: [3], classes: 3, random: seeded(3) });
    const images = uniformImages(7, [3, 6, 5, 3]);
    const options = (batchSize: number) => ({ samples: 4, sigma: 0.1, batchSize, random: seeded(9) });
    const all = await gradientShap(model, images, [0, 1, 2], options(12));
    // Sums of four in another order, of gradients below 1.
    await assertNear(await gradientShap(model, images, [0, 1, 2], options(2)), all, 1e-6);
    const random = seeded(9);
    const first = await gradientShap(model, images, [0, 1, 2], { ...options(12), random });
    const second = await gradientShap(model, images, [0, 1, 2], { ...options(12), random });
    assert.deepEqual(first.dataSync(), all.dataSync());
    assert.notDeepEqual(second.dataSync(), all.dataSync());
  });

  it('refuses baselines of another shape, and leaves no tensor behind', async () => {
    const model = linear(normalMatrix(1, 12, 3));
    const images = uniformImages(2, [3, 2, 2, 3]);
    const wrong = uniformImages(2, [3, 2, 3, 3]);
    const before = tf.memory().numTensors;
    const random = seeded(1);
    (await gradientShap(model, images, 'predicted', { samples: 4, batchSize: 5, random })).dispose();
    await assert.rejects(
      gradientShap(model, images, 'predicted', { baselines: wrong, random }),
      new ArgumentError('gradientShap: baselines must be [at least 1, 2, 2, 3], got [3, 2, 3, 3]'),
    );
    assert.equal(tf.memory().numTensors, before);
  });
});
