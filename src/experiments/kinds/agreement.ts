import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import { mapDataset } from '../../attribution/mapDataset.js';
import { readNpy, writeNpy } from '../../data/npy.js';
import { subset } from '../../data/subset.js';
import { pearson } from '../../evaluation/pearson.js';
import { perPair } from '../../evaluation/perImage.js';
import { loadWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import type { Kind } from '../kind.js';
import type { Stored, Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { attributionModule, explainWith } from './attribution.js';
import type { AttributionOptions } from './attribution.js';
import { weightsFile } from './model.js';

export type AgreementTaskOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  /** What makes the teacher's maps. */
  readonly attribution: AttributionOptions;
  /** How many of the first test images. */
  readonly images: number;
  /** Of what the method draws. */
  readonly seed: number;
  /** What passes compute in; default 'float32'. */
  readonly precision?: Precision;
};

/** How an explainer's maps of test images correlate with those of the teacher that it learned from. */
export function agreementTask(options: AgreementTaskOptions, model: Task, teacher: Task): Task {
  const { attribution } = options;
  return {
    kind: 'agreement',
    label: `agreement of the ${model.label}`,
    options: { ...options, attribution: { ...attribution } },
    inputs: { model, teacher },
  };
}

/** Pearson's correlation of each image's two maps, signed, over all entries, float32 [n]. */
export async function agreementResult({ folder }: Stored): Promise<Float32Array> {
  // `agreement` wrote float32.
  return (await readNpy(path.join(folder, file))).data as Float32Array;
}

const file = 'correlations.npy';
const own: AttributionOptions = { method: 'explainer' };

export const agreement: Kind = {
  modules: (task) => [
    new URL(import.meta.url),
    attributionModule(own),
    attributionModule(optionsOf<AgreementTaskOptions>(task).attribution),
  ],
  async compute({ test }, { task, folder, inputs }: Work) {
    const { attribution, images, seed, precision } = optionsOf<AgreementTaskOptions>(task);
    const some = subset(test, Math.min(images, test.labels.length));
    const mapsOf = async (input: string | undefined, method: AttributionOptions) => {
      const model = await loadWeights(path.join(input ?? '', weightsFile));
      try {
        const random = seeded(seed).fork('agreement');
        return await mapDataset(some, await explainWith(model, method, { random, precision }));
      } finally {
        model.dispose();
      }
    };
    const [learned, wanted] = [await mapsOf(inputs.model, own), await mapsOf(inputs.teacher, attribution)];
    const size = learned.length / some.labels.length;
    const { values } = perPair(learned, wanted, { size, measure: pearson });
    await writeNpy(path.join(folder, file), { shape: [values.length], data: values });
  },
};
