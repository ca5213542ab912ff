import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import type { TrainTest } from '../../data/dataset.js';
import { rankDataset } from '../../evaluation/rankDataset.js';
import type { Model } from '../../models/model.js';
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
import { inParts } from './parts.js';
import type { Part } from './parts.js';

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

async function rankImages(data: TrainTest, { task, folder, inputs, checkpoint }: Work): Promise<void> {
  const model = inputs.model ? await loadWeights(path.join(inputs.model, weightsFile)) : undefined;
  try {
    for (const set of ['train', 'test'] as const) {
      const { ranked } = await inParts(data[set], (part) => rankPart(part, { set, task, model }), {
        folder: checkpoint,
        name: set,
        label: `${task.label}, ${set === 'train' ? 'training' : 'test'} images`,
      });
      const count = data[set].labels.length;
      const shape = [count, ranked.length / count];
      const Ranks = data[set].shape[0] * data[set].shape[1] > 2 ** 16 ? Uint32Array : Uint16Array;
      await writeNpy(path.join(folder, `${set}.npy`), { shape, data: Ranks.from(ranked) });
    }
  } finally {
    model?.dispose();
  }
}

async function rankPart(
  { images, stream, onProgress }: Part,
  { set, task, model }: { set: 'train' | 'test'; task: Task; model: Model | undefined },
): Promise<{ ranked: Float32Array }> {
  const { attribution, seed, precision } = optionsOf<RankOptions>(task);
  const random = stream(seeded(seed).fork(`maps of ${set}`));
  const explain = await explainWith(model, attribution, { random, precision });
  // Ranks are whole numbers that float32 holds exactly.
  return { ranked: Float32Array.from(await rankDataset(images, explain, { onProgress })) };
}
