import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import { channelMeans } from '../../data/channelMeans.js';
import type { Dataset, TrainTest } from '../../data/dataset.js';
import { accuracy } from '../../evaluation/accuracy.js';
import { maskOnly, removePixels } from '../../evaluation/removal.js';
import { seeded } from '../../random.js';
import { trainStandard } from '../../training/standard.js';
import type { Kind } from '../kind.js';
import { readNpy } from '../../data/npy.js';
import type { NetworkOptions, TrainingSettings } from '../profile.js';
import type { Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { wholeCheckpoint } from './checkpoint.js';
import { newNetwork, sizesOf } from './network.js';
import { writeMeasurement } from './measure.js';

export type RetrainOptions = {
  /** Checksums of the training and the test set. */
  readonly datasets: readonly [string, string];
  readonly network: NetworkOptions;
  readonly training: TrainingSettings;
  readonly precision: Precision;
  /** What the accuracy is measured in; default 'float32'. */
  readonly evaluationPrecision?: Precision;
  /** Fraction of pixels removed. */
  readonly level: number;
  readonly seed: number;
  /** What the fresh network sees: images with the highest-ranked pixels replaced by the mean, or the mask alone. */
  readonly view: 'removed' | 'mask';
};

/** A retraining of ROAR; level 0 needs no ranks, so all methods share it. Its result is a `measurement`. */
export function retrainTask(options: RetrainOptions, ranks: Task): Task {
  const { level, seed, view } = options;
  const removed = `${Math.round(level * 100)} % removed`;
  return {
    kind: 'retrain',
    label:
      level === 0
        ? `retrained, nothing removed, seed ${seed}`
        : `retrained, ${removed} by ${ranks.label}${view === 'mask' ? ', mask only' : ''}`,
    options: { ...options, network: { ...options.network }, training: { ...options.training } },
    inputs: level === 0 && view === 'removed' ? {} : { ranks },
  };
}

/** Trains a fresh network on what removal leaves of the images, and writes its accuracy on the test set. */
export const retrain: Kind = {
  modules: () => [new URL(import.meta.url)],
  compute: trainAgain,
};

async function trainAgain(data: TrainTest, { task, folder, inputs, checkpoint }: Work): Promise<void> {
  const { network, training, precision, evaluationPrecision, seed } = optionsOf<RetrainOptions>(task);
  const means = channelMeans(data.train);
  const see = async (name: 'train' | 'test') =>
    seen(data[name], optionsOf<RetrainOptions>(task), await ranksOf(name));
  // The same start and the same order of images for every method: what differs is what was removed.
  const random = seeded(seed).fork('retrain');
  const start = newNetwork(network, sizesOf(data.train), random.fork('weights'));
  try {
    const options = {
      ...training,
      precision,
      random: random.fork('training'),
      checkpoint: await wholeCheckpoint(checkpoint, task.label),
      label: task.label,
    };
    const measuring = { ...(evaluationPrecision && { precision: evaluationPrecision }) };
    const { model } = await trainStandard(start, await see('train'), options);
    await writeMeasurement(folder, await accuracy(model, await see('test'), measuring));
    model.dispose();
  } finally {
    start.dispose();
  }

  async function ranksOf(name: string): Promise<Uint16Array | undefined> {
    if (!inputs.ranks) return undefined;
    const { data: ranks } = await readNpy(path.join(inputs.ranks, `${name}.npy`));
    return ranks as Uint16Array;
  }

  function seen(dataset: Dataset, { level, view }: RetrainOptions, ranks: Uint16Array | undefined): Dataset {
    if (!ranks) return dataset;
    return view === 'mask'
      ? maskOnly(dataset, ranks, { level })
      : removePixels(dataset, ranks, { level, value: means });
  }
}
