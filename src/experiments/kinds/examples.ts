import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Precision } from '../../compiler/precision.js';
import { gather } from '../../data/batches.js';
import type { Dataset, TrainTest } from '../../data/dataset.js';
import { loadWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import type { Kind } from '../kind.js';
import { readNpy, writeNpy } from '../../data/npy.js';
import type { Stored, Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { attributionModule, attributionName, explainWith } from './attribution.js';
import type { AttributionOptions } from './attribution.js';
import { weightsFile } from './model.js';

export type ExampleOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  /** How many test images. */
  readonly count: number;
  /** The first ones as they come; without it the first of each class, for the first `count` classes that occur. */
  readonly selection?: 'inOrder';
  readonly attribution: AttributionOptions;
  /** Of what the method draws. */
  readonly seed: number;
  /** What passes compute in; default 'float32'. */
  readonly precision?: Precision;
};

/** Maps of some test images, to look at. */
export function examplesTask(options: ExampleOptions, model: Task): Task {
  const { attribution } = options;
  return {
    kind: 'examples',
    label: `examples of ${attributionName(attribution)} of the ${model.label}`,
    options: { ...options, attribution: { ...attribution } },
    inputs: { model },
  };
}

/** float32 [n, H, W, C]. */
export async function exampleMaps({ folder }: Stored): Promise<Float32Array> {
  const { data } = await readNpy(path.join(folder, 'maps.npy'));
  // `examples` wrote float32.
  return data as Float32Array;
}

/** The positions of the example images; see `ExampleOptions`. */
export function exampleImages(
  { labels, classes }: Dataset,
  count: number,
  selection?: 'inOrder',
): Int32Array {
  if (selection) return Int32Array.from({ length: Math.min(count, labels.length) }, (_, i) => i);
  const first = classes.map((_, label) => labels.indexOf(label));
  return Int32Array.from(first.filter((index) => index >= 0).slice(0, count));
}

export const examples: Kind = {
  modules: (task) => [
    new URL(import.meta.url),
    attributionModule(optionsOf<ExampleOptions>(task).attribution),
  ],
  compute: explainExamples,
};

async function explainExamples({ test }: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { count, selection, attribution, seed, precision } = optionsOf<ExampleOptions>(task);
  const indices = exampleImages(test, count, selection);
  const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
  const images: Tensor4D = tf.tensor4d(gather(test, indices), [indices.length, ...test.shape]);
  try {
    const explain = await explainWith(model, attribution, {
      random: seeded(seed).fork('maps of examples'),
      precision,
    });
    const maps = await explain(images);
    await writeNpy(path.join(folder, 'maps.npy'), {
      shape: maps.shape,
      data: (await maps.data()) as Float32Array,
    });
    maps.dispose();
  } finally {
    images.dispose();
    model.dispose();
  }
}
