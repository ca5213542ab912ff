import '@tensorflow/tfjs-node-gpu';
import { describe, it } from 'node:test';
import { pgd } from '../../src/attacks/pgd.js';
import { lossGradient, logitsOf } from '../../src/models/inputGradient.js';
import { Golden, network, readInputs } from './golden.js';

const golden = await Golden.read('attacks');
const { images, labels } = await readInputs();
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
  }
});
