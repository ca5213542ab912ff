import '@tensorflow/tfjs-node-gpu';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { apgd, apgdTargeted } from '../../src/attacks/apgd.js';
import { ddn } from '../../src/attacks/ddn.js';
import { deepFool } from '../../src/attacks/deepFool.js';
import { fgsm } from '../../src/attacks/fgsm.js';
import { pgd } from '../../src/attacks/pgd.js';
import { lossGradient, logitsOf } from '../../src/models/inputGradient.js';
import { givenDraws, givenStarts } from './givenDraws.js';
import { Golden, network, readInputs } from './golden.js';

const golden = await Golden.read('attacks');
const inputs = await readInputs();
const { images, labels } = inputs;
const model = await network('network');

const balls = {
  l2: { norm: 'l2', epsilon: 0.5, stepSize: 0.12 },
  linf: { norm: 'linf', epsilon: 8 / 255, stepSize: 2 / 255 },
} as const;

/** How much smaller than epsilon the radius in `project` is, at H·W·C = 396. */
const margin = {
  l2: 0.5 * 2 ** -20 + Math.sqrt(396) * 2 ** -25,
  linf: (8 / 255) * 2 ** -20 + 2 ** -25,
};

describe('pgd, against robustness', () => {
  it("gives the gradient of each image's loss", () => {
    golden.assertEqual('lossGradient', lossGradient(logitsOf(model), images, labels));
  });

  for (const norm of ['l2', 'linf'] as const) {
    for (const steps of [1, 2, 5, 10]) {
      it(`is at the same images after ${steps} steps, ${norm}`, async () => {
        const attacked = await pgd(model, images, labels, { ...balls[norm], steps });
        golden.assertEqual(`${norm}/${steps}`, attacked, margin[norm]);
      });
    }

    it(`is at the same images after 5 steps towards a target, ${norm}`, async () => {
      const attacked = await pgd(model, images, labels, { ...balls[norm], steps: 5, targeted: true });
      golden.assertEqual(`${norm}/targeted`, attacked, margin[norm]);
    });

    it(`is at the same images after 5 steps from the better one of two given starts, ${norm}`, async () => {
      const random = givenDraws(inputs, 5);
      const attacked = await pgd(model, images, labels, { ...balls[norm], steps: 5, restarts: 2, random });
      golden.assertEqual(`${norm}/restarts`, attacked, margin[norm]);
    });
  }

  it("is at the same images after 5 steps along the gradient's sign, l2", async () => {
    const attacked = await pgd(model, images, labels, { ...balls.l2, steps: 5, step: 'sign' });
    golden.assertEqual('l2/sign', attacked, margin.l2);
  });
});

describe('ddn and deepFool, against foolbox', () => {
  const predicted = tf.argMax<tf.Tensor1D>(model.predict(images), 1);

  it('are at the same images', async () => {
    golden.assertEqual('ddn', await ddn(model, images, predicted, { steps: 40 }));
    golden.assertEqual('deepFool', await deepFool(model, images, predicted, { steps: 20 }));
  });
});

describe('fgsm, against torchattacks', () => {
  it('is at the same images', async () => {
    golden.assertEqual('fgsm', await fgsm(model, images, labels, { epsilon: 8 / 255 }), margin.linf);
  });
});

describe('apgd, against torchattacks', () => {
  const predicted = tf.argMax<tf.Tensor1D>(model.predict(images), 1);
  const radius = { linf: 4 / 255, l2: 0.2 };
  const given = (norm: 'l2' | 'linf') => ({
    norm,
    epsilon: radius[norm],
    steps: 20,
    random: givenStarts(inputs),
  });

  for (const norm of ['l2', 'linf'] as const) {
    for (const loss of ['ce', 'dlr'] as const) {
      it(`is at the same images after 20 steps from a given start, ${norm}, ${loss}`, async () => {
        const attacked = await apgd(model, images, predicted, { ...given(norm), loss });
        golden.assertEqual(`apgd/${norm}/${loss}`, attacked, margin[norm]);
      });
    }

    it(`is at the same images after 20 steps towards the second class, ${norm}`, async () => {
      // torchattacks' program needs one image at a time for l2.
      const count = norm === 'l2' ? 1 : 4;
      const attacked = await apgdTargeted(model, tf.slice(images, 0, count), tf.slice(predicted, 0, count), {
        ...given(norm),
        targets: 1,
      });
      golden.assertEqual(`apgd/${norm}/targeted`, attacked, margin[norm]);
    });
  }
});
