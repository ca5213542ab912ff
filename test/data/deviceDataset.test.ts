import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile } from '../../src/compiler/index.js';
import { gather, planBatches } from '../../src/data/batches.js';
import { deviceBatch, deviceDataset, takeBatch } from '../../src/data/deviceDataset.js';
import type { DeviceBatch } from '../../src/data/deviceDataset.js';
import { shapes } from '../../src/data/shapes.js';
import { seeded } from '../../src/random.js';

const { train: bytes } = shapes({ count: 9, random: seeded(1) });
const floats = { ...bytes, images: Float32Array.from(bytes.images, (byte) => byte / 300) };

describe('takeBatch', () => {
  for (const [kind, dataset] of Object.entries({ bytes, floats })) {
    for (const augment of [true, false]) {
      it(`gives the bytes that JavaScript gathers: ${kind}, ${augment ? 'augmented' : 'in order'}`, () => {
        const tensors = deviceDataset(dataset);
        const step = compile((data, batch: DeviceBatch) => ({ outputs: takeBatch(data, batch) }), {
          state: tensors,
        });
        const count = dataset.labels.length;
        for (const plan of planBatches(count, { size: 4, augment, ...(augment && { random: seeded(2) }) })) {
          const { images, labels } = step.run(deviceBatch(plan) as never);
          assert.deepEqual(images.dataSync(), gather(dataset, plan.indices, plan.augmentation));
          assert.deepEqual(
            [...labels.dataSync()],
            Array.from(plan.indices, (i) => dataset.labels[i]),
          );
          tf.dispose([images, labels]);
        }
        step.dispose();
        tf.dispose(tensors);
      });
    }
  }
});
