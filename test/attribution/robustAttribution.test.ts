import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { robustAttribution } from '../../src/attribution/robustAttribution.js';
import { smoothGrad } from '../../src/attribution/smoothGrad.js';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import { homogeneous, uniformImages } from '../fixtures/linear.js';

const model = homogeneous(1, 48);
const images = uniformImages(3, [2, 4, 4, 3]);

describe('robustAttribution', () => {
  it('is the mean of 50 signed gradients at noise of deviation 0.15 (eq. 4), which smoothGrad computes too', async () => {
    const maps = await robustAttribution(model, images, 'predicted', { random: seeded(4) });
    const options = { samples: 50, sigma: 0.15, absolute: false, random: seeded(4) };
    const expected = await smoothGrad(model, images, 'predicted', options);
    assert.deepEqual(maps.dataSync(), expected.dataSync());
    assert.ok(maps.dataSync().some((value) => value < 0));
  });

  it('names itself in errors', async () => {
    await assert.rejects(
      robustAttribution(model, images, 'predicted', { samples: 0, random: seeded(1) }),
      new ArgumentError('robustAttribution: samples must be a positive integer, got 0'),
    );
  });
});
