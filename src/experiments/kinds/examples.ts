import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { saliency } from '../../attribution/saliency.js';
import { gather } from '../../data/batches.js';
import type { TrainTest } from '../../data/dataset.js';
import { loadWeights } from '../../models/weights.js';
import { writeNpy } from '../npy.js';
import type { Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { weightsFile } from './model.js';

export type ExampleOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  /** Which test images. */
  readonly indices: readonly number[];
};

/** float32 [n, H, W, C]. */
export const mapsFile = 'maps.npy';

/** Saliency maps of some test images, to look at. */
export function examplesTask(options: ExampleOptions, model: Task): Task {
  return { kind: 'examples', label: `maps of the ${model.label}`, options, inputs: { model } };
}

export async function explainExamples({ test }: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { indices } = optionsOf<ExampleOptions>(task);
  const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
  const images: Tensor4D = tf.tensor4d(gather(test, Int32Array.from(indices)), [
    indices.length,
    ...test.shape,
  ]);
  try {
    const maps = await saliency(model, images);
    await writeNpy(path.join(folder, mapsFile), {
      shape: maps.shape,
      data: (await maps.data()) as Float32Array,
    });
    maps.dispose();
  } finally {
    images.dispose();
    model.dispose();
  }
}
