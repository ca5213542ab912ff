import '@tensorflow/tfjs-node-gpu';
import { describe, it } from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
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
import { Golden, network, readInputs } from './golden.js';
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

describe('attribution, against captum', () => {
  for (const [name, method] of Object.entries(methods)) {
    it(`gives captum's map: ${name}`, async () => golden.assertEqual(name, await method()));
  }
});
