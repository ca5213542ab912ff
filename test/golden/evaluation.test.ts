import '@tensorflow/tfjs-node-gpu';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { saliency } from '../../src/attribution/saliency.js';
import { agreement } from '../../src/evaluation/agreement.js';
import { boundaryDistance } from '../../src/evaluation/boundaryDistance.js';
import { infidelity } from '../../src/evaluation/infidelity.js';
import { maxSensitivity } from '../../src/evaluation/maxSensitivity.js';
import { pixelScores } from '../../src/evaluation/pixelScores.js';
import { ssim } from '../../src/evaluation/similarity.js';
import type { Classifier } from '../../src/models/model.js';
import type { Random } from '../../src/random.js';
import { pixels } from '../fixtures/dataset.js';
import { givenDraws } from './givenDraws.js';
import { Golden, network, readInputs } from './golden.js';

const golden = await Golden.read('evaluation');
const inputs = await readInputs();
const [model, teacher] = [await network('network'), await network('teacher')];
const images = Float32Array.from(inputs.images.dataSync());
const data = pixels(images, [...inputs.labels.dataSync()], [12, 11, 3]);
const signed = (network: Classifier, images: Tensor4D, targets: Tensor1D) =>
  saliency(network, images, targets, { absolute: false });
const list = (values: ArrayLike<number>) => tf.tensor1d(Float32Array.from(values));

/** Uniform numbers that give the noise as 0.02 · (2u − 1). */
function givenChanges(): Random {
  const stream = (inner: Random): Random => ({
    ...inner,
    fork: (name) => stream(inner.fork(name)),
    uniform: () => (inner.normal() / 0.02 + 1) / 2,
  });
  return stream(givenDraws(inputs, 5));
}

describe('evaluation, against captum', () => {
  for (const normalise of [false, true])
    it(`gives its infidelity for given perturbations${normalise ? ', normalised' : ''}`, async () => {
      const { values } = await infidelity(model, data, signed, {
        samples: 5,
        sigma: 1,
        normalise,
        target: 'true',
        random: givenDraws(inputs, 5),
      });
      golden.assertEqual(normalise ? 'infidelity/normalised' : 'infidelity', list(values));
    });

  it('gives its maximal sensitivity for given perturbations', async () => {
    const options = { samples: 5, target: 'true', random: givenChanges() } as const;
    const { values } = await maxSensitivity(model, data, signed, options);
    golden.assertEqual('sensitivity', list(values));
  });
});

describe('evaluation, against SciPy and scikit-image', () => {
  it('gives their rank correlations of two networks’ maps', async () => {
    const [row] = await agreement([model, teacher], data, signed, { target: 'true' });
    // A rank correlation of 132 or 396 entries changes by at most 12/(n² − 1) where rounding swaps two neighbours.
    golden.assertEqual('spearman', list(row?.spearman.values ?? []), 12 / (396 ** 2 - 1));
    golden.assertEqual('spearmanScores', list(row?.spearmanScores.values ?? []), 12 / (132 ** 2 - 1));
  });

  it('gives their structural similarity', async () => {
    const scores = async (network: Classifier) => {
      const maps = await signed(network, inputs.images, inputs.labels);
      return pixelScores(Float32Array.from(await maps.data()), 3);
    };
    const [a, b] = [await scores(model), await scores(teacher)];
    const scaled = (all: Float32Array, n: number) => {
      const own = all.subarray(n * 132, (n + 1) * 132);
      return own.map((score) => score / Math.max(...own));
    };
    const found = [0, 1, 2, 3].map((n) => ssim(scaled(a, n), scaled(b, n), [12, 11]));
    golden.assertEqual('ssim', list(found));
  });
});

describe('evaluation, against PyTorch', () => {
  it('gives the linearised distance to the boundary, and what bounds it', async () => {
    const found = await boundaryDistance(model, data);
    golden.assertEqual('boundary/distance', list(found.distance.values));
    golden.assertEqual('boundary/alignment', list(found.alignment.values));
    golden.assertEqual('boundary/xi', list(found.xi.values));
    golden.assertEqual('boundary/runnerUp', list(found.runnerUp));
  });
});
