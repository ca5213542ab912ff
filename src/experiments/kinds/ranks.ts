import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { randomMap } from '../../attribution/randomMap.js';
import { saliency } from '../../attribution/saliency.js';
import type { TrainTest } from '../../data/dataset.js';
import { rankDataset } from '../../evaluation/rankDataset.js';
import { loadWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import { writeNpy } from '../npy.js';
import type { Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { weightsFile } from './model.js';

export type RankOptions = {
  /** Checksums of the training and the test set. */
  readonly datasets: readonly [string, string];
  readonly attribution: 'saliency' | 'random';
  /** Of the random map. */
  readonly seed?: number;
};

/** The order in which a model's saliency, or chance, would have the pixels of every image removed. */
export function ranksTask(datasets: readonly [string, string], by: { model: Task } | { seed: number }): Task {
  if ('model' in by) {
    const label = `saliency of the ${by.model.label}`;
    return {
      kind: 'ranks',
      label,
      options: { datasets, attribution: 'saliency' },
      inputs: { model: by.model },
    };
  }
  const options = { datasets, attribution: 'random', seed: by.seed };
  return { kind: 'ranks', label: `random maps, seed ${by.seed}`, options, inputs: {} };
}

/** Ranks every image's pixels on the unaugmented images; writes uint16 [N, H·W] for the training and the test set. */
export async function rankImages(data: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { seed = 0 } = optionsOf<RankOptions>(task);
  const model = inputs.model ? await loadWeights(path.join(inputs.model, weightsFile)) : undefined;
  try {
    for (const part of ['train', 'test'] as const) {
      const random = seeded(seed).fork(`maps of ${part}`);
      const blind = () => tf.zeros<tf.Rank.R2>([0, 0]);
      const attribution = (images: Tensor4D) =>
        model ? saliency(model, images) : randomMap(blind, images, 'predicted', { random });
      const label = `${task.label}, ${part === 'train' ? 'training' : 'test'} images`;
      const ranks = await rankDataset(data[part], attribution, { label });
      const count = data[part].labels.length;
      await writeNpy(path.join(folder, `${part}.npy`), { shape: [count, ranks.length / count], data: ranks });
    }
  } finally {
    model?.dispose();
  }
}
