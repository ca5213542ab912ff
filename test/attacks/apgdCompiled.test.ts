import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core/dist/tensor.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apgdTargeted } from '../../src/attacks/apgd.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { foldedLogits } from '../fixtures/folded.js';
import { uniformImages } from '../fixtures/linear.js';

describe('a compiled APGD', () => {
  it('finds the same bytes as the same operations one by one', async () => {
    const network = resnet({ stem: 2, widths: [4], classes: 5, random: seeded(2) });
    // 40 images and 50 steps are as many as make recording pay.
    const images = uniformImages(3, [40, 6, 6, 3]);
    const labels = tf.argMax<Tensor1D>(network.predict(images), 1);
    const options = () => ({
      norm: 'linf' as const,
      epsilon: 0.02,
      steps: 50,
      targets: 1,
      random: seeded(1),
    });
    const folded = foldedLogits(network);
    const before = tf.memory().numTensors;
    const compiled = await apgdTargeted(network, images, labels, options());
    const eager = await apgdTargeted((x) => tf.tidy(() => folded(x)), images, labels, options());
    assert.deepEqual(compiled.dataSync(), eager.dataSync());
    assert.notDeepEqual(compiled.dataSync(), images.dataSync());
    tf.dispose([compiled, eager]);
    assert.equal(tf.memory().numTensors, before);
  });
});
