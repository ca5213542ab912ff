import path from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { randomMap } from '../../attribution/randomMap.js';
import { saliency } from '../../attribution/saliency.js';
import { batches } from '../../data/batches.js';
import type { Dataset, TrainTest } from '../../data/dataset.js';
import { progress } from '../../display/progress.js';
import { rankPixels } from '../../evaluation/removal.js';
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
export async function rankImages({ train, test }: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { seed = 0 } = optionsOf<RankOptions>(task);
  const model = inputs.model ? await loadWeights(path.join(inputs.model, weightsFile)) : undefined;
  try {
    for (const [name, dataset] of Object.entries({ train, test })) {
      const random = seeded(seed).fork(`map of ${name}`);
      const map = (images: Tensor4D) => (model ? saliency(model, images) : randomMap(images, { random }));
      const label = `${task.label}, ${name === 'train' ? 'training' : 'test'} images`;
      const data = await rankAll(dataset, map, label);
      const shape = [dataset.labels.length, data.length / dataset.labels.length];
      await writeNpy(path.join(folder, `${name}.npy`), { shape, data });
    }
  } finally {
    model?.dispose();
  }
}
