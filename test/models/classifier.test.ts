import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import {
  accuracy,
  ArgumentError,
  deepLift,
  gradCam,
  guidedBackprop,
  integratedGradients,
  pgd,
  resnet,
  roar,
  robustAccuracy,
  saliency,
  sanityCheck,
  seeded,
  shapes,
  strongAttack,
  trainStandard,
  withExplainer,
  type LayersModel,
} from '../../src/index.js';
import { uniformImages } from '../fixtures/linear.js';

const { train, test } = shapes({ count: 8, test: 4, random: seeded(1) });
const images = uniformImages(2, [3, 32, 32, 3]);
const random = seeded(3);
const l2 = { norm: 'l2', epsilon: 0.5, steps: 2 } as const;

function convolutional(last?: 'softmax') {
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [32, 32, 3], filters: 4, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.batchNormalization(),
      layers.conv2d({ filters: 4, kernelSize: 3, useBias: false }),
      layers.leakyReLU({ alpha: 0.1 }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.5 }),
      layers.flatten(),
      layers.dense({ units: 10, ...(last && { activation: last }) }),
    ],
  });
}

const keras = convolutional();
// A real tf.LayersModel is assignable.
const model: LayersModel = keras;
const plain = (x: Tensor4D) => keras.apply(x) as Tensor2D;
after(() => keras.dispose());

describe('models of other makers', () => {
  it('gives a tf.LayersModel what the function of it gets, with dropout off', async () => {
    const calls: ((m: LayersModel | typeof plain) => Promise<Tensor4D>)[] = [
      (m) => saliency(m, images),
      (m) => integratedGradients(m, images, [0, 1, 2], { steps: 3 }),
      (m) => pgd(m, images, [0, 1, 2], l2),
      (m) => strongAttack(m, images, [0, 1, 2], { ...l2, random: seeded(4) }),
    ];
    for (const call of calls) {
      const before = tf.memory().numTensors;
      const [ours, theirs] = [await call(model), await call(plain)];
      assert.deepEqual(await ours.data(), await theirs.data());
      tf.dispose([ours, theirs]);
      assert.equal(tf.memory().numTensors, before);
    }
    assert.deepEqual(await accuracy(model, test), await accuracy(plain, test));
  });

  it('takes one from a retraining of roar, and disposes it', async () => {
    const before = tf.memory().numTensors;
    const level = { levels: [0.5], random, train: async () => convolutional() };
    const [row] = await roar({ train, test }, (x) => saliency(model, x), level);
    assert.equal(row?.count, 4);
    assert.equal(tf.memory().numTensors, before);
  });

  it('says what cannot be done with them', async () => {
    const needed = 'the model must be a network of Roarbook such as resnet18, got';
    const relus = 'the ReLUs of others are out of reach';
    const misuses: [call: (m: never) => unknown, message: string][] = [
      [(m) => deepLift(m, images), `deepLift: ${needed} a tf.LayersModel; ${relus}`],
      [(m) => guidedBackprop(m, images), `guidedBackprop: ${needed} a tf.LayersModel; ${relus}`],
      [
        (m) => gradCam(m, images),
        `gradCam: ${needed} a tf.LayersModel; the features of others are out of reach`,
      ],
      [
        (m) => sanityCheck(m, test, saliency, { random }),
        `sanityCheck: ${needed} a tf.LayersModel; the weights of others are out of reach`,
      ],
      [
        (m) => withExplainer(m, { random }),
        `withExplainer: ${needed} a tf.LayersModel; the features of others are out of reach`,
      ],
      [
        (m) => trainStandard(m, train, { epochs: 1, random, quiet: true }),
        `trainStandard: ${needed} a tf.LayersModel; train others with tfjs itself; attacks, maps and evaluations take them`,
      ],
    ];
    for (const [call, message] of misuses)
      await assert.rejects(async () => call(model as never), new ArgumentError(message));
  });

  it('refuses probabilities in place of logits', async () => {
    const softmax = convolutional('softmax');
    const expected = (name: string) =>
      new ArgumentError(
        `${name}: the model must return logits, got probabilities, which add up to 1; leave out its last softmax`,
      );
    await assert.rejects(saliency(softmax, images), expected('saliency'));
    await assert.rejects(pgd(softmax, images, [0, 1, 2], l2), expected('pgd'));
    await assert.rejects(
      accuracy((x) => tf.softmax(plain(x)), test),
      expected('accuracy'),
    );
    softmax.dispose();
  });

  it('attacks no model of one logit, whose cross-entropy is 0: it would pass for robust', async () => {
    const one = (x: Tensor4D) => tf.slice2d(plain(x), [0, 0], [-1, 1]);
    const grey = { ...test, labels: new Int32Array(4), classes: ['a'] };
    const expected = (name: string) =>
      new ArgumentError(
        `${name}: the model must have at least 2 classes, got 1; of one logit z make two, [0, z]`,
      );
    await assert.rejects(pgd(one, images, [0, 0, 0], l2), expected('pgd'));
    await assert.rejects(robustAccuracy(one, grey, l2), expected('robustAccuracy'));
    assert.equal((await accuracy(one, grey)).accuracy, 1);
  });

  it('refuses a network that overlooks the ReLU it is handed', async () => {
    const network = resnet({ stem: 2, widths: [2], random });
    const deaf = {
      ...network,
      params: network.params,
      buffers: network.buffers,
      apply: (state: typeof network, x: Tensor4D) => network.apply(state, x),
    };
    const rule = 'must have ReLUs, and apply options.rules.relu where it has one, got a pass without';
    for (const method of [deepLift, guidedBackprop])
      await assert.rejects(
        method(deaf as never, images),
        new ArgumentError(`${method.name}: the network ${rule}`),
      );
    network.dispose();
  });
});
