import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { saliency } from '../../src/attribution/saliency.js';
import { ArgumentError } from '../../src/errors.js';
import { agreement } from '../../src/evaluation/agreement.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { pixels, uniformPixels } from '../fixtures/dataset.js';
import { linear } from '../fixtures/linear.js';

describe('agreement', () => {
  it('compares every pair of models by what their maps say', async () => {
    // Gradients (1, 2, 3, 4), the same times 2, and (4, 3, 2, 1); of class 0, which all of them predict.
    const model = (...w: number[]) =>
      linear(
        tf.tensor2d(
          w.flatMap((x) => [x, 0]),
          [4, 2],
        ),
      );
    const models = [model(1, 2, 3, 4), model(2, 4, 6, 8), model(4, 3, 2, 1)];
    const data = pixels(Float32Array.of(1, 1, 1, 1), [0], [2, 2, 1]);
    const rows = await agreement(models, data, saliency, { top: 0.5 });
    assert.deepEqual(
      rows.map(({ pair, spearman, spearmanScores, overlap }) => [
        ...pair,
        spearman.mean,
        spearmanScores.mean,
        overlap.mean,
      ]),
      [
        [0, 1, 1, 1, 1],
        [0, 2, -1, -1, 0],
        [1, 2, -1, -1, 0],
      ],
    );
  });

  it('is complete for the same network twice, and leaves nothing in memory', async () => {
    const network = (seed: number) => resnet({ stem: 2, widths: [4], classes: 3, random: seeded(seed) });
    const models = [network(1), network(1), network(2)];
    const data = uniformPixels(3, 8, [6, 6, 3]);
    const before = tf.memory().numTensors;
    const [same, other] = await agreement(models, data, saliency, { target: 'true', batchSize: 5 });
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual([same?.spearman.mean, same?.overlap.mean], [1, 1]);
    assert.ok((other?.spearman.mean ?? NaN) < 0.9);
  });

  it('needs two models', async () => {
    const data = pixels(Float32Array.of(1, 1, 1, 1), [0], [2, 2, 1]);
    const model = linear(tf.ones([4, 2]));
    await assert.rejects(
      agreement([model], data, saliency),
      new ArgumentError('agreement: there must be at least two models, got 1'),
    );
    await assert.rejects(
      agreement([model, model], data, saliency, { top: 2 }),
      new ArgumentError('agreement: top must be in (0, 1], got 2'),
    );
  });
});
