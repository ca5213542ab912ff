import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Precision } from '../../compiler/precision.js';
import { gather } from '../../data/batches.js';
import type { TrainTest } from '../../data/dataset.js';
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

export type LatencyOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  readonly attribution: AttributionOptions;
  /** How often at least the first test image is explained, after one run that does not count; see `longEnough`. */
  readonly runs: number;
  /** What passes compute in; default 'float32'. */
  readonly precision?: Precision;
};

/** Milliseconds of each run. */
export interface LatencyResult {
  readonly milliseconds: readonly number[];
}

const file = 'latency.json';

/** Milliseconds over which runs go on: of a few short ones other programs could disturb most. */
const longEnough = 500;

/** How long one image's map takes. Times differ from run to run: of this kind alone the bytes are not determined. */
export function latencyTask(options: LatencyOptions, model: Task): Task {
  const { attribution } = options;
  return {
    kind: 'latency',
    label: `latency of ${attributionName(attribution)} of the ${model.label}`,
    options: { ...options, attribution: { ...attribution } },
    inputs: { model },
  };
}

export async function latencyResult({ folder }: Stored): Promise<LatencyResult> {
  return readJson(folder, file) as LatencyResult;
}

export const latency: Kind = {
  modules: (task) => [
    new URL(import.meta.url),
    attributionModule(optionsOf<LatencyOptions>(task).attribution),
  ],
  compute: timeOne,
};

async function timeOne({ test }: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { attribution, runs, precision } = optionsOf<LatencyOptions>(task);
  const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
  const image: Tensor4D = tf.tensor4d(gather(test, Int32Array.of(0)), [1, ...test.shape]);
  try {
    const explain = await explainWith(model, attribution, { random: seeded(0).fork('latency'), precision });
    const milliseconds: number[] = [];
    const begun = performance.now();
    for (let run = 0; run <= runs || performance.now() - begun < longEnough; run++) {
      const start = performance.now();
      const map = await explain(image);
      await map.data();
      if (run > 0) milliseconds.push(Number((performance.now() - start).toFixed(3)));
      map.dispose();
    }
    writeFileSync(path.join(folder, file), `${JSON.stringify({ milliseconds } satisfies LatencyResult)}\n`);
  } finally {
    image.dispose();
    model.dispose();
  }
}
