import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { explainer } from '../../src/attribution/explainer.js';
import { ArgumentError } from '../../src/errors.js';
import { withExplainer } from '../../src/models/explainer.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';

const network = resnet({ stem: 2, widths: [2], classes: 3, random: seeded(1) });
const images = uniformImages(2, [5, 4, 4, 3]);

describe('explainer', () => {
  it("repeats a rectified explainer's one channel, whatever the batch size, and leaves only the maps", async () => {
    const options = { filters: [3], output: 'rectified', random: seeded(2) } as const;
    const model = withExplainer(network, options);
    const { features } = model.apply(model, images);
    const one = model.explain(model, features, { size: [4, 4] }).maps;
    const before = tf.memory().numTensors;
    const maps = await explainer(model, images, 'predicted', { batchSize: 2 });
    assert.equal(tf.memory().numTensors, before + 1);
    assert.deepEqual(maps.shape, [5, 4, 4, 3]);
    const apart = tf.max(tf.abs(tf.sub(maps, one))).dataSync()[0] ?? NaN;
    // Sums of other batches round differently.
    assert.ok(apart < 1e-5, `${apart}`);
  });

  it('asks for a model with an explainer', async () => {
    for (const model of [network, network.predict.bind(network)]) {
      await assert.rejects(
        explainer(model, images),
        new ArgumentError('explainer: the model must have an explainer; trainExplainer gives one'),
      );
    }
  });
});
