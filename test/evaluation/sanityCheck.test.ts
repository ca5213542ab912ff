import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { saliency } from '../../src/attribution/saliency.js';
import { sobel } from '../../src/attribution/sobel.js';
import { ArgumentError } from '../../src/errors.js';
import { blocksOf, estimated, replaced } from '../../src/evaluation/randomise.js';
import { sanityCheck } from '../../src/evaluation/sanityCheck.js';
import type { Model } from '../../src/models/model.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { uniformPixels } from '../fixtures/dataset.js';

const network = resnet({ stem: 4, widths: [4, 8], classes: 4, random: seeded(1) });
const data = uniformPixels(2, 6, [12, 12, 3]);
const signed = (model: Model, images: tf.Tensor4D, targets: tf.Tensor1D) =>
  saliency(model, images, targets, { absolute: false });

describe('sanityCheck', () => {
  it('randomises block after block from the logits down, and maps of the images alone do not notice', async () => {
    const rows = await sanityCheck(network, data, sobel, { random: seeded(3) });
    assert.deepEqual(
      rows.map(({ block }) => block),
      ['linear', 'layer2.0', 'layer1.0', 'conv1'],
    );
    for (const row of rows)
      for (const measured of [row.spearman, row.spearmanAbsolute, row.ssim])
        assert.ok(measured.values.every((value) => Math.abs(value - 1) < 1e-12));
  });

  it('says 1 for weights without noise, and near 0 for maps of a fresh network', async () => {
    const [same] = await sanityCheck(network, data, signed, {
      order: 'lastBlock',
      weights: 'fresh',
      random: seeded(1),
    });
    // seeded(1) draws what the network began with.
    assert.equal(same?.spearman.mean, 1);
    const rows = await sanityCheck(network, data, signed, { random: seeded(4) });
    const whole = rows.at(-1);
    // The standard error of a rank correlation of 432 entries is 0.05, that of six images' mean 0.02; neighbouring
    // gradients are correlated, which makes it several times larger.
    assert.ok(Math.abs(whole?.spearman.mean ?? NaN) < 0.2, `${whole?.spearman.mean}`);
    assert.ok((whole?.ssim.mean ?? NaN) < 0.7, `${whole?.ssim.mean}`);
  });

  it("changes the last block's convolutions alone on request, by noise of their own size", async () => {
    const seen: Model[] = [];
    const look = (model: Model, images: tf.Tensor4D) => {
      seen.push(model.withState({ params: cloned(model.params), buffers: cloned(model.buffers) }));
      return tf.clone(images);
    };
    const rows = await sanityCheck(network, data, look, { order: 'lastBlock', random: seeded(5) });
    assert.deepEqual(
      rows.map(({ block }) => block),
      ['layer2.0'],
    );
    const noisy = seen[1];
    assert.ok(noisy);
    const changed = Object.keys({ ...network.params, ...network.buffers }).filter((name) => {
      const values = (model: Model) => (model.params[name] ?? model.buffers[name])?.dataSync().join();
      return values(noisy) !== values(network);
    });
    assert.deepEqual(changed, [
      'layer2.0.conv1.weight',
      'layer2.0.conv2.weight',
      'layer2.0.shortcut.0.weight',
    ]);
    const size = (model: Model) =>
      tf.moments(model.params['layer2.0.conv2.weight'] as tf.Tensor).variance.dataSync()[0] ?? NaN;
    // 576 weights: the variance of a normal sample has a relative error of √(2/576) = 0.06.
    assert.ok(Math.abs(size(noisy) / size(network) - 1) < 0.25);
    for (const model of seen) model.dispose();
  });

  it('leaves nothing in memory, and is the same for the same seed', async () => {
    const before = tf.memory().numTensors;
    const run = () =>
      sanityCheck(network, data, saliency, { statistics: 'estimated', batchSize: 4, random: seeded(6) });
    const rows = await run();
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual(await run(), rows);
  });

  it('refuses what it does not know', async () => {
    const refuses = (options: object, message: string) =>
      assert.rejects(
        sanityCheck(network, data, saliency, { random: seeded(1), ...options }),
        new ArgumentError(message),
      );
    await refuses(
      { order: 'up' },
      "sanityCheck: order must be 'cascade' or 'independent' or 'lastBlock', got up",
    );
    await refuses({ sigma: -1 }, 'sanityCheck: sigma must be a number ≥ 0, got -1');
    await refuses(
      { random: undefined },
      'sanityCheck: random must be a seeded stream such as seeded(0), got none',
    );
    await refuses({ target: 'best' }, "sanityCheck: target must be 'predicted' or 'true', got best");
  });
});

describe('blocksOf', () => {
  it('puts batch norm with the layer before it, and holds every tensor once', () => {
    const blocks = blocksOf(network);
    assert.deepEqual(
      blocks.map(({ name }) => name),
      ['conv1', 'layer1.0', 'layer2.0', 'linear'],
    );
    assert.deepEqual(blocks[0]?.tensors.slice().sort(), [
      'bn1.bias',
      'bn1.running_mean',
      'bn1.running_var',
      'bn1.weight',
      'conv1.weight',
    ]);
    const all = blocks.flatMap(({ tensors }) => tensors).sort();
    assert.deepEqual(all, Object.keys({ ...network.params, ...network.buffers }).sort());
  });
});

describe('estimated', () => {
  it("sets running statistics to those of a single batch, with which training's pass normalises", async () => {
    const model = await estimated(replaced(network, [], {}), data, undefined);
    const images = tf.tensor4d(data.images as Float32Array, [6, 12, 12, 3]);
    const training = network.apply(network, images, { training: true }).logits.dataSync();
    // Biased in the batch, unbiased in the running variance: a factor of 863/864 at 6·12·12 values in the first layers, and
    // 53/54 in the last.
    model
      .predict(images)
      .dataSync()
      .forEach((logit, i) => assert.ok(Math.abs(logit - (training[i] ?? NaN)) < 0.05, `${logit}`));
  });
});

function cloned(tensors: Model['params']): Model['params'] {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
}
