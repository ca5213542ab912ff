import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, DataError } from '../../src/errors.js';
import { isExplained, withExplainer, type ExplainedModel } from '../../src/models/explainer.js';
import type { Tensors } from '../../src/models/model.js';
import { resnet, resnet18 } from '../../src/models/resnet.js';
import { readSafetensors, writeSafetensors } from '../../src/models/safetensors.js';
import { loadWeights, saveWeights } from '../../src/models/weights.js';
import { seeded } from '../../src/random.js';
import { uniformImages } from '../fixtures/linear.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

const folder = temporaryFolder();
const sizes = { stem: 2, widths: [2, 3], classes: 3 };
const small = (options: { strides?: number[]; output?: 'signed' | 'rectified' } = {}) =>
  withExplainer(resnet({ ...sizes, random: seeded(1) }), { filters: [4, 5], random: seeded(2), ...options });

/** The same network with random numbers everywhere: the projection starts at 0. */
function shaken(model: ExplainedModel): ExplainedModel {
  const random = seeded(9);
  const noise = (tensors: Tensors) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, size }]) => {
        const values = Float32Array.from({ length: size }, () => 0.2 + random.uniform());
        return [name, tf.tensor(values, shape)];
      }),
    );
  return model.withState({ params: noise(model.params), buffers: noise(model.buffers) });
}

function mapsOf(model: ExplainedModel, images: Tensor4D): Tensor4D {
  const { features } = model.apply(model, images);
  const [, height, width] = images.shape;
  return model.explain(model, features, { size: [height, width] }).maps;
}

describe('withExplainer', () => {
  it("has the paper's four layers on ResNet-18, twos last, and ends at the image's size and channels", () => {
    const model = withExplainer(resnet18({ width: 2, random: seeded(1) }), { random: seeded(2) });
    const own = Object.entries(model.params).filter(([name]) => name.startsWith('explainer.deconv'));
    assert.deepEqual(
      own.map(([, { shape }]) => shape),
      [
        [3, 3, 64, 16],
        [3, 3, 128, 64],
        [3, 3, 256, 128],
        [3, 3, 512, 256],
      ],
    );
    assert.deepEqual(model.architecture['explainerStrides'], [1, 2, 2, 2]);
    assert.deepEqual(mapsOf(model, uniformImages(3, [2, 32, 32, 3])).shape, [2, 32, 32, 3]);
  });

  it('starts at maps of zeros, and leaves the logits as they are', () => {
    const images = uniformImages(3, [2, 8, 8, 3]);
    const model = small();
    assert.ok(
      mapsOf(model, images)
        .dataSync()
        .every((value) => value === 0),
    );
    const plain = resnet({ ...sizes, random: seeded(1) });
    assert.deepEqual(model.predict(images).dataSync(), plain.predict(images).dataSync());
  });

  it('makes maps of images whose side is no multiple of the strides', () => {
    assert.deepEqual(mapsOf(small(), uniformImages(3, [1, 9, 6, 3])).shape, [1, 9, 6, 3]);
  });

  it("rectified, gives one channel ≥ 0, the mean of the last filters' ReLUs", () => {
    const maps = mapsOf(shaken(small({ output: 'rectified' })), uniformImages(3, [1, 8, 8, 3]));
    assert.deepEqual(maps.shape, [1, 8, 8, 1]);
    const values = [...maps.dataSync()];
    assert.ok(values.every((value) => value >= 0) && values.some((value) => value > 0));
  });

  it('moves only its own statistics in explain, and only the network’s in apply', () => {
    const model = small();
    const images = uniformImages(3, [2, 8, 8, 3]);
    const { features, buffers } = model.apply(model, images, { training: true });
    const changed = (after: Tensors) =>
      Object.keys(after).filter((name) => after[name] !== model.buffers[name]);
    assert.ok(changed(buffers).length > 0 && !changed(buffers).some((name) => name.startsWith('explainer.')));
    const own = model.explain(model, features, { size: [8, 8], training: true }).buffers;
    assert.deepEqual(Object.keys(own).sort(), [
      'explainer.bn1.running_mean',
      'explainer.bn1.running_var',
      'explainer.bn2.running_mean',
      'explainer.bn2.running_var',
    ]);
  });

  it('names sizes that do not fit', () => {
    const network = resnet({ ...sizes, random: seeded(1) });
    const add = (options: object) => () => withExplainer(network, { random: seeded(1), ...options });
    const odd = resnet({ ...sizes, strides: [3, 1], random: seeded(1) });
    for (const [call, message] of [
      [
        add({ filters: [4] }),
        'explainer: 1 deconvolutions of stride 1 or 2 must enlarge the features 4 times; give strides',
      ],
      [
        add({ filters: [4, 4], strides: [2, 1] }),
        "explainer: the product of the strides must be that of the network's, 4, got 2",
      ],
      [
        add({ filters: [4, 0], strides: [2, 2] }),
        'explainer: filters must be whole numbers from 1 to 65536, got [4,0]',
      ],
      [
        add({ filters: [4, 4], output: 'both' }),
        "explainer: output must be 'signed' or 'rectified', got \"both\"",
      ],
      [
        () => withExplainer(odd, { filters: [4, 4], random: seeded(1) }),
        'explainer: 2 deconvolutions of stride 1 or 2 must enlarge the features 3 times; give strides',
      ],
      [
        () => withExplainer(small(), { random: seeded(1) }),
        'withExplainer: the model must have no explainer yet',
      ],
    ] as const) {
      assert.throws(call, new ArgumentError(message));
    }
    const tripled = withExplainer(odd, { filters: [4, 4], strides: [3, 1], random: seeded(1) });
    assert.deepEqual(mapsOf(tripled, uniformImages(3, [1, 9, 9, 3])).shape, [1, 9, 9, 3]);
  });
});

describe('weights of a network with an explainer', () => {
  it('come back as they were, the explainer too, and dispose frees them all', async () => {
    const before = tf.memory().numTensors;
    const model = shaken(small({ output: 'signed' }));
    const path = join(folder, 'explained.safetensors');
    await saveWeights(model, path);
    const loaded = await loadWeights(path);
    assert.ok(isExplained(loaded));
    const images = uniformImages(3, [2, 8, 8, 3]);
    const [maps, again] = [model, loaded].map((network) => tf.tidy(() => mapsOf(network, images).dataSync()));
    assert.deepEqual(again, maps);
    assert.deepEqual(loaded.architecture, model.architecture);
    images.dispose();
    model.dispose();
    loaded.dispose();
    // The network and the explainer that `small` and `shaken` started from are left.
    assert.equal(tf.memory().numTensors, before + Object.keys({ ...model.params, ...model.buffers }).length);
  });

  it("keep PyTorch's layout: a transposed convolution is [in, out, H, W]", async () => {
    const path = join(folder, 'layout.safetensors');
    await saveWeights(small(), path);
    const { arrays } = await readSafetensors(path);
    assert.deepEqual(arrays['explainer.deconv1.weight']?.shape, [3, 4, 3, 3]);
  });

  it('are refused where the file names other sizes', async () => {
    const [path, other] = [join(folder, 'own.safetensors'), join(folder, 'other.safetensors')];
    const model = small();
    await saveWeights(model, path);
    const { arrays } = await readSafetensors(path);
    for (const [changes, message] of [
      [
        { explainerFilters: [4, 6] },
        `loadWeights: ${other}: 'explainer.deconv2.weight' must be [4, 6, 3, 3], got [4, 5, 3, 3]`,
      ],
      [
        { explainerStrides: [9, 9] },
        `loadWeights: ${other} must name a network of Roarbook: explainer: the product of the strides must be that of the network's, 4, got 81`,
      ],
    ] as const) {
      const architecture = JSON.stringify({ ...model.architecture, ...changes });
      await writeSafetensors(other, arrays, { architecture });
      await assert.rejects(loadWeights(other), new DataError(message));
    }
  });
});
