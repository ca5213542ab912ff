import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pgdPlan } from '../../src/attacks/pgdStep.js';
import { compiledStepper, eagerStepper } from '../../src/attacks/stepper.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { foldedLogits } from '../fixtures/folded.js';
import { uniformImages } from '../fixtures/linear.js';

describe('compiledStepper', () => {
  for (const norm of ['l2', 'linf'] as const) {
    it(`steps to the same bytes as the eager one, ${norm}, for each batch size`, () => {
      const model = resnet({ random: seeded(1) });
      const plan = pgdPlan({ norm, epsilon: 0.5, steps: 4 });
      const folded = foldedLogits(model);
      const before = tf.memory().numTensors;
      const [fast, slow] = [compiledStepper(model, plan), eagerStepper(folded, plan)];
      for (const count of [5, 3]) {
        const images = uniformImages(seeded(count), [count, 32, 32, 3]);
        const labels = tf.tensor1d([0, 3, 9, 1, 2].slice(0, count), 'int32');
        let [a, b] = [tf.clone(images), tf.clone(images)];
        for (let step = 0; step < plan.steps; step++) {
          const nextA = fast.step({ images, current: a, labels });
          const nextB = slow.step({ images, current: b, labels });
          tf.dispose([a, b]);
          [a, b] = [nextA, nextB];
        }
        assert.deepEqual(a.dataSync(), b.dataSync());
        assert.notDeepEqual(a.dataSync(), images.dataSync());
        tf.dispose([a, b, images, labels]);
      }
      fast.dispose();
      assert.equal(tf.memory().numTensors, before);
      model.dispose();
    });
  }
});
