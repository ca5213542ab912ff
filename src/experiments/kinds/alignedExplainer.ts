import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { mapDataset } from '../../attribution/mapDataset.js';
import { robustAttribution } from '../../attribution/robustAttribution.js';
import type { Dataset } from '../../data/dataset.js';
import { withExplainer } from '../../models/explainer.js';
import type { Model } from '../../models/model.js';
import { trainExplainer } from '../../training/explainer.js';
import type { TrainOptions, TrainResult } from '../../training/options.js';
import { inParts } from './parts.js';
import type { Part } from './parts.js';

/** How an explainer is made. A type alias, not an interface: only aliases are assignable to a task's JSON options. */
export type ExplainerSettings = {
  readonly lambda: number;
  /** Of the explainer's deconvolutions. */
  readonly filters: readonly number[];
  /** Noisy copies of an image in the teacher's map, and the noise's standard deviation. */
  readonly samples: number;
  readonly sigma: number;
};

/** What an aligned explainer needs besides a training's options. */
export interface AlignedOptions {
  /** Whose maps it learns. */
  readonly teacher: Model;
  readonly defense: ExplainerSettings;
  /** Where the teacher's maps are kept, 4 bytes for each entry of an image, until the training is done. */
  readonly folder: string;
}

/**
 * `trainExplainer` with the maps that it would make of its teacher, made a part at a time: they take longer than epochs.
 *
 * @param start - Disposed with its explainer.
 */
export async function trainAlignedExplainer(
  start: Model,
  train: Dataset,
  { teacher, defense, folder, ...options }: TrainOptions & AlignedOptions,
): Promise<TrainResult> {
  const { filters, lambda, samples, sigma } = defense;
  const explained = withExplainer(start, { filters, random: options.random.fork('explainer') });
  const explain = async ({ images, stream, onProgress }: Part) => {
    const random = stream(options.random.fork('maps'));
    const attribution = (batch: Tensor4D) =>
      robustAttribution(teacher, batch, 'predicted', { samples, sigma, random });
    return { maps: await mapDataset(images, attribution, { onProgress }) };
  };
  const label = `${options.label ?? 'explainer'}: the teacher's maps`;
  try {
    const { maps } = await inParts(train, explain, { folder, name: 'maps', label });
    return await trainExplainer(explained, train, { ...options, lambda, maps });
  } finally {
    explained.dispose();
  }
}
