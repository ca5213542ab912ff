import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import type { TrainTest } from '../../data/dataset.js';
import { rankDataset } from '../../evaluation/rankDataset.js';
import { loadWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import type { Kind } from '../kind.js';
import { writeNpy } from '../../data/npy.js';
import type { Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { attributionModule, attributionName, explainWith } from './attribution.js';
import type { AttributionOptions } from './attribution.js';
import { weightsFile } from './model.js';

export type RankOptions = {
  /** Checksums of the training and the test set. */
  readonly datasets: readonly [string, string];
  readonly attribution: AttributionOptions;
  /** Of what the method draws. */
  readonly seed: number;
  /** What passes compute in; default 'float32'. */
  readonly precision?: Precision;
};

/** The order in which a model's maps, or chance, would have the pixels of every image removed. */
export function ranksTask(options: RankOptions, model?: Task): Task {
  const { attribution, seed } = options;
  const name = attributionName(attribution);
  return {
    kind: 'ranks',
    label: model ? `${name} of the ${model.label}` : `${name}, seed ${seed}`,
    options: { ...options, attribution: { ...attribution } },
    inputs: model ? { model } : {},
  };
}

/** Ranks every image's pixels on the unaugmented images; writes uint16 [N, H·W] for the training and the test set. */
export const ranks: Kind = {
  modules: (task) => [new URL(import.meta.url), attributionModule(optionsOf<RankOptions>(task).attribution)],
  compute: rankImages,
};

async function rankImages(data: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { attribution, seed, precision } = optionsOf<RankOptions>(task);
  const model = inputs.model ? await loadWeights(path.join(inputs.model, weightsFile)) : undefined;
  try {
    for (const part of ['train', 'test'] as const) {
      const explain = await explainWith(model, attribution, {
        random: seeded(seed).fork(`maps of ${part}`),
        precision,
      });
      const label = `${task.label}, ${part === 'train' ? 'training' : 'test'} images`;
      const ranks = await rankDataset(data[part], explain, { label });
      const count = data[part].labels.length;
      await writeNpy(path.join(folder, `${part}.npy`), { shape: [count, ranks.length / count], data: ranks });
    }
  } finally {
    model?.dispose();
  }
}
