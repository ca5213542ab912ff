import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { pgd } from '../../src/attacks/pgd.js';
import { liveAttack } from '../../src/explore/liveAttack.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';

describe('liveAttack', () => {
  for (const norm of ['l2', 'linf'] as const)
    it(`moves images as pgd does, at radii that are inputs (${norm})`, async () => {
      const model = resnet({ stem: 4, widths: [4], classes: 3, random: seeded(1) });
      const images = tf.randomUniform<tf.Rank.R4>([2, 8, 8, 3], 0, 1, 'float32', 7);
      const labels = tf.tensor1d([0, 2], 'int32');
      const before = tf.memory().numTensors;
      const live = liveAttack(model, { norm, steps: 4 });
      for (const radius of norm === 'l2' ? [0.2, 1] : [0.01, 0.05]) {
        const epsilon = tf.scalar(radius);
        const { attacked, logits } = live.run({ images, labels, epsilon });
        const expected = await pgd(model, images, labels, { norm, epsilon: radius, steps: 4 });
        const apart = tf.tidy(() => tf.max(tf.abs(tf.sub(attacked, expected))));
        // pgd aims at a radius that is smaller by about 1e-6; compiled and eager add up in different orders.
        assert.ok((await apart.data())[0]! < 1e-4, `got ${String(apart.dataSync()[0])}`);
        tf.dispose([attacked, logits, expected, epsilon, apart]);
      }
      live.dispose();
      assert.equal(tf.memory().numTensors, before);
    });
});
