import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import type { Dataset, TrainTest } from '../../data/dataset.js';
import { rankDataset } from '../../evaluation/rankDataset.js';
import { DataError } from '../../errors.js';
import type { Model } from '../../models/model.js';
import { loadWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import type { Kind } from '../kind.js';
import { readNpy, writeNpy } from '../../data/npy.js';
import type { NpyArray } from '../../data/npy.js';
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

/** After so many images their ranks are kept: 50 gradients for each take less than an epoch of the paper's PGD training. */
const partSize = 4000;

async function rankImages(data: TrainTest, { task, folder, inputs, checkpoint }: Work): Promise<void> {
  const model = inputs.model ? await loadWeights(path.join(inputs.model, weightsFile)) : undefined;
  try {
    for (const set of ['train', 'test'] as const) {
      const parts: NpyArray[] = [];
      for (let from = 0; from < data[set].labels.length; from += partSize) {
        const file = path.join(checkpoint, `${set}-${from}.npy`);
        parts.push((await readPart(file)) ?? (await rankPart(data[set], { set, from, file, task, model })));
      }
      await writeNpy(path.join(folder, `${set}.npy`), joined(parts));
    }
  } finally {
    model?.dispose();
  }
}

/** What a killed run kept; undefined if it kept nothing, or its file is not whole. */
async function readPart(file: string): Promise<NpyArray | undefined> {
  try {
    return await readNpy(file);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** Ranks images from a position on, and keeps the result: a killed run goes on after it. */
async function rankPart(
  dataset: Dataset,
  place: { set: 'train' | 'test'; from: number; file: string; task: Task; model: Model | undefined },
): Promise<NpyArray> {
  const { set, from, file, task, model } = place;
  const { attribution, seed, precision } = optionsOf<RankOptions>(task);
  const images = imagesFrom(dataset, from);
  // Each part draws from a stream of its own, so that it is the same whether or not the parts before it ran here.
  const random = seeded(seed).fork(`maps of ${set}`);
  const explain = await explainWith(model, attribution, {
    random: from === 0 ? random : random.fork(from),
    precision,
  });
  const label = `${task.label}, ${set === 'train' ? 'training' : 'test'} images`;
  const ranked = await rankDataset(images, explain, {
    label: from === 0 ? label : `${label} from ${from} on`,
  });
  const count = images.labels.length;
  const part = { shape: [count, ranked.length / count], data: ranked };
  await writeNpy(file, part);
  return part;
}

/** At most `partSize` images; they share the data set's memory. */
function imagesFrom(dataset: Dataset, from: number): Dataset {
  const pixels = dataset.shape[0] * dataset.shape[1] * dataset.shape[2];
  return {
    ...{ shape: dataset.shape, classes: dataset.classes, source: dataset.source },
    images: dataset.images.subarray(from * pixels, (from + partSize) * pixels),
    labels: dataset.labels.subarray(from, from + partSize),
  };
}

/** Ranks [n, H·W] of all parts, one after the other. */
function joined(parts: readonly NpyArray[]): NpyArray {
  const [first] = parts;
  if (!first || parts.length === 1) return first ?? { shape: [0, 0], data: new Uint16Array() };
  const count = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const size = first.shape[1] ?? 0;
  const data =
    first.data instanceof Uint32Array ? new Uint32Array(count * size) : new Uint16Array(count * size);
  let at = 0;
  for (const part of parts) {
    data.set(part.data as Uint16Array | Uint32Array, at);
    at += part.data.length;
  }
  return { shape: [count, size], data };
}
