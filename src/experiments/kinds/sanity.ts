import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import { subset } from '../../data/subset.js';
import { sanityCheck } from '../../evaluation/sanityCheck.js';
import { loadWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import type { Kind } from '../kind.js';
import { readJson } from '../readJson.js';
import type { Stored, Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { attributionModule, attributionName, explainWith } from './attribution.js';
import type { AttributionOptions } from './attribution.js';
import { weightsFile } from './model.js';

export type SanityTaskOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  readonly attribution: AttributionOptions;
  /** How many of the first test images. */
  readonly images: number;
  /** Of the noise, and of what the method draws. */
  readonly seed: number;
  /** What passes compute in; default 'float32'. */
  readonly precision?: Precision;
};

/** How much maps resemble those of the same network with noise in its last block; each is [N], see `SanityRow`. */
export interface SanityResult {
  readonly block: string;
  readonly spearmanAbsolute: readonly number[];
  readonly ssim: readonly number[];
}

const file = 'similarity.json';

/** The sanity check of one method: the last residual block's convolutions replaced by noise. */
export function sanityTask(options: SanityTaskOptions, model: Task): Task {
  const { attribution } = options;
  return {
    kind: 'sanity',
    label: `sanity check of ${attributionName(attribution)} of the ${model.label}`,
    options: { ...options, attribution: { ...attribution } },
    inputs: { model },
  };
}

export async function sanityResult({ folder }: Stored): Promise<SanityResult> {
  return readJson(folder, file) as SanityResult;
}

export const sanity: Kind = {
  modules: (task) => [
    new URL(import.meta.url),
    attributionModule(optionsOf<SanityTaskOptions>(task).attribution),
  ],
  async compute({ test }, { task, folder, inputs }: Work) {
    const { attribution, images, seed, precision } = optionsOf<SanityTaskOptions>(task);
    const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
    const random = seeded(seed).fork('sanity');
    try {
      const some = subset(test, Math.min(images, test.labels.length));
      const [row] = await sanityCheck(
        model,
        some,
        // The same draws for both networks: what differs is the network. Each explains the class that it predicts.
        async (network, batch) =>
          (await explainWith(network, attribution, { random: random.fork('maps'), precision }))(batch),
        { order: 'lastBlock', random: random.fork('noise'), label: task.label },
      );
      const numbers = (values: Float32Array | undefined) => Array.from(values ?? []);
      const result = {
        block: row?.block ?? '',
        spearmanAbsolute: numbers(row?.spearmanAbsolute.values),
        ssim: numbers(row?.ssim.values),
      } satisfies SanityResult;
      writeFileSync(path.join(folder, file), `${JSON.stringify(result)}\n`);
    } finally {
      model.dispose();
    }
  },
};
