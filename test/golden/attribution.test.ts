import '@tensorflow/tfjs-node-gpu';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { convergenceDelta } from '../../src/attribution/convergenceDelta.js';
import { deepLift } from '../../src/attribution/deepLift.js';
import { gradCam } from '../../src/attribution/gradCam.js';
import { gradientShap } from '../../src/attribution/gradientShap.js';
import { gradientTimesInput } from '../../src/attribution/gradientTimesInput.js';
import { guidedBackprop } from '../../src/attribution/guidedBackprop.js';
import { integratedGradients } from '../../src/attribution/integratedGradients.js';
import { occlusion } from '../../src/attribution/occlusion.js';
import { saliency } from '../../src/attribution/saliency.js';
import { smoothGrad } from '../../src/attribution/smoothGrad.js';
import { smoothGradSquared } from '../../src/attribution/smoothGradSquared.js';
import { varGrad } from '../../src/attribution/varGrad.js';
import { Golden, network, readInputs, resized } from './golden.js';
import { givenDraws } from './givenDraws.js';

const golden = await Golden.read('attribution');
const inputs = await readInputs();
const { images, labels, baseline } = inputs;
const model = await network('network');

/** Each method by the name of its golden values. */
const methods: Record<string, () => Promise<Tensor4D>> = {
  saliency: () => saliency(model, images, labels),
  signed: () => saliency(model, images, labels, { absolute: false }),
  gradientTimesInput: () => gradientTimesInput(model, images, labels),
  integratedGradients: () => integratedGradients(model, images, labels),
  'integratedGradients/baseline': () => integratedGradients(model, images, labels, { steps: 20, baseline }),
  'integratedGradients/midpoint': () =>
    integratedGradients(model, images, labels, { steps: 20, rule: 'midpoint' }),
  occlusion: () => occlusion(model, images, labels),
  'occlusion/half': () => occlusion(model, images, labels, { window: 5, stride: 3, baseline: 0.5 }),
  smoothGrad: () => smoothGrad(model, images, labels, noisy()),
  smoothGradSquared: () => smoothGradSquared(model, images, labels, noisy()),
  varGrad: () => varGrad(model, images, labels, noisy()),
  guidedBackprop: () => guidedBackprop(model, images, labels),
  deepLift: () => deepLift(model, images, labels),
  'deepLift/baseline': () => deepLift(model, images, labels, { baseline }),
  gradCam: () => gradCam(model, images, labels),
  'gradCam/signed': () => gradCam(model, images, labels, { relu: false }),
  gradientShap: () => gradientShap(model, images, labels, { ...noisy(), baselines: inputs.baselines }),
};

/** captum's noise, which is drawn with its standard deviation already. */
const noisy = () => ({ samples: 5, sigma: 1, random: givenDraws(inputs, 5) });

const options = await Golden.read('options');
const [two, targets] = [tf.slice(images, 0, 2), tf.slice(labels, 0, 2)];
const each = tf.slice(inputs.baselines, 0, 2);
const path = { steps: 7, baseline: each };
const changed = () => ({ ...noisy(), absolute: true });
const local = { baselines: inputs.baselines, multiplyByInputs: false };

/** The same with other options. */
const others: Record<string, () => Promise<Tensor4D>> = {
  left: () => integratedGradients(model, two, targets, { ...path, rule: 'left' }),
  right: () => integratedGradients(model, two, targets, { ...path, rule: 'right' }),
  trapezoid: () => integratedGradients(model, two, targets, { ...path, rule: 'trapezoid' }),
  local: () => integratedGradients(model, two, targets, { steps: 7, baseline: 0.5, multiplyByInputs: false }),
  'deepLift/each': () => deepLift(model, two, targets, { baseline: each }),
  'deepLift/multipliers': () => deepLift(model, two, targets, { baseline: each, multiplyByInputs: false }),
  'occlusion/apart': () =>
    occlusion(model, two, targets, { window: [4, 3], stride: [3, 2], baseline: each, channels: 'apart' }),
  'occlusion/wide': () => occlusion(model, two, targets, { window: [2, 7], stride: [2, 5], baseline }),
  'gradCam/layer1': () => gradCam(model, two, targets, { layer: 'layer1', relu: false }),
  'gradCam/nearest': () => gradCam(model, two, targets, { relu: false, enlarge: 'nearest' }),
  'smoothGrad/changed': () => smoothGrad(model, two, targets, changed()),
  'smoothGradSquared/changed': () => smoothGradSquared(model, two, targets, noisy()),
  'varGrad/changed': () => varGrad(model, two, targets, changed()),
  'gradientShap/changed': () => gradientShap(model, two, targets, { ...noisy(), ...local }),
};

const deep = await network('resnet18');
const small = { noise: resized(inputs.noise, 16), baselines: resized(inputs.baselines, 16) };
const one = resized(tf.slice(images, 0, 1), 16);
const target = tf.slice(labels, 0, 1);
const noisyOne = () => ({ samples: 5, sigma: 1, random: givenDraws({ ...inputs, ...small }, 5) });

/** The defaults on ResNet-18. */
const onResnet18: Record<string, () => Promise<Tensor4D>> = {
  saliency: () => saliency(deep, one, target),
  gradientTimesInput: () => gradientTimesInput(deep, one, target),
  integratedGradients: () => integratedGradients(deep, one, target),
  occlusion: () => occlusion(deep, one, target),
  deepLift: () => deepLift(deep, one, target),
  guidedBackprop: () => guidedBackprop(deep, one, target),
  gradCam: () => gradCam(deep, one, target),
  smoothGrad: () => smoothGrad(deep, one, target, noisyOne()),
  smoothGradSquared: () => smoothGradSquared(deep, one, target, noisyOne()),
  varGrad: () => varGrad(deep, one, target, noisyOne()),
  gradientShap: () => gradientShap(deep, one, target, { ...noisyOne(), baselines: small.baselines }),
};

describe('attribution, against captum', () => {
  for (const [name, method] of Object.entries(methods)) {
    it(`gives captum's map: ${name}`, async () => golden.assertEqual(name, await method()));
  }

  for (const [name, method] of Object.entries(others)) {
    it(`gives captum's map with other options: ${name}`, async () =>
      options.assertEqual(name, await method()));
  }

  for (const [name, method] of Object.entries(onResnet18)) {
    it(`gives captum's map on ResNet-18: ${name}`, async () =>
      options.assertEqual(`resnet18/${name}`, await method()));
  }

  it("gives captum's convergence delta", async () => {
    const maps = await integratedGradients(model, two, targets, path);
    const delta = await convergenceDelta(model, two, maps, { targets, baseline: each });
    // A difference of sums of 396 entries and of logits, both of order 1.
    options.assertEqual('delta', delta, 2 ** -20);
  });
});
