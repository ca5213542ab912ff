import * as tf from '@tensorflow/tfjs-core';
import { batches } from '../../src/data/batches.js';
import type { Dataset } from '../../src/data/dataset.js';
import { subset } from '../../src/data/subset.js';
import { rankPixels, removePixels } from '../../src/evaluation/removal.js';
import { trainSmall } from '../../src/evaluation/trainSmall.js';
import { seeded } from '../../src/random.js';
import type { Work } from './works.js';

/** Works on a data set of random bytes: removal, augmentation, and a whole retraining of the quick profile's size; and `limit`. */
export function dataWorks(count: number): Record<string, Work> {
  const dataset = noise(count);
  const random = seeded(2);
  const maps = Float32Array.from({ length: count * 32 * 32 * 3 }, () => random.uniform());
  const shape = [count, 32, 32, 3] as const;
  return {
    limit: matrixProduct(count),
    /** From the maps to the changed images. */
    removal: {
      run() {
        const ranks = rankPixels(maps, { shape, unit: 'pixel' });
        removePixels(dataset, ranks, { level: 0.6, value: [0.5, 0.5, 0.5] });
      },
    },
    /** One epoch of augmented batches, as tensors. */
    augment: {
      run() {
        for (const { images, labels } of batches(dataset, { size: 128, random: seeded(3), augment: true })) {
          images.dispose();
          labels.dispose();
        }
      },
    },
    /** 4,000 images, 10 epochs; the work's `batch` is the training's. */
    retrain: {
      run: async () => {
        const data = subset(noise(4000), 4000);
        (await trainSmall(data, { random: seeded(4), label: 'bench' })).dispose();
      },
    },
  };
}

/** The product of two square matrices: the rate that nothing here can exceed, 2·edge³ operations. */
function matrixProduct(edge: number): Work {
  let factors: tf.Tensor2D | undefined;
  return {
    run() {
      factors ??= tf.randomUniform<tf.Rank.R2>([edge, edge], 0, 1, 'float32', 1);
      const product = tf.matMul(factors, factors);
      product.dataSync();
      product.dispose();
    },
  };
}

function noise(count: number): Dataset {
  const random = seeded(1);
  const labels = Int32Array.from({ length: count }, () => random.integer(10));
  const images = Uint8Array.from({ length: count * 3072 }, () => random.integer(256));
  const classes = Array.from({ length: 10 }, (_, i) => `${i}`);
  const source = { name: 'noise', official: null, checksum: `noise ${count}`, caption: 'noise' };
  return { images, labels, shape: [32, 32, 3], classes, source };
}
