import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { attackPath } from '../../attacks/attackPath.js';
import type { AttackPath } from '../../attacks/attackPath.js';
import { gather } from '../../data/batches.js';
import type { TrainTest } from '../../data/dataset.js';
import { readNpy, writeNpy } from '../../data/npy.js';
import { ArgumentError } from '../../errors.js';
import { accuracy } from '../../evaluation/accuracy.js';
import { loadWeights } from '../../models/weights.js';
import type { Kind } from '../kind.js';
import { readJson } from '../readJson.js';
import type { Stored, Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { weightsFile } from './model.js';

export type PathOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  /** Which test image; null: the first that the model gets right. */
  readonly image: number | null;
  readonly attack: { readonly norm: 'l2' | 'linf'; readonly epsilon: number; readonly steps: number };
};

/** A test image's way through an attack. */
export interface PathResult extends AttackPath {
  /** Which test image. */
  readonly image: number;
}

const parts = ['images', 'losses', 'probabilities', 'distances'] as const;

/** Every step of an attack on one test image. */
export function pathTask({ attack, ...options }: PathOptions, model: Task): Task {
  return {
    kind: 'path',
    label: `attack on one image of the ${model.label}`,
    options: { ...options, attack: { ...attack } },
    inputs: { model },
  };
}

export async function pathResult({ folder }: Stored): Promise<PathResult> {
  const read = async (part: (typeof parts)[number]) =>
    (await readNpy(path.join(folder, `${part}.npy`))).data as Float32Array;
  const { image } = readJson(folder, 'image.json') as { image: number };
  return {
    image,
    images: await read('images'),
    losses: await read('losses'),
    probabilities: await read('probabilities'),
    distances: await read('distances'),
  };
}

export const attackedPath: Kind = {
  modules: () => [new URL(import.meta.url)],
  compute: attackOne,
};

async function attackOne({ test }: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const options = optionsOf<PathOptions>(task);
  const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
  let image: Tensor4D | undefined;
  try {
    // A model that gets nothing right is attacked on the first image.
    const chosen = options.image ?? Math.max(0, (await accuracy(model, test)).correct.indexOf(1));
    const label = test.labels[chosen];
    if (label === undefined)
      throw new ArgumentError(`path: the image must be one of ${test.labels.length}, got ${chosen}`);
    image = tf.tensor4d(gather(test, Int32Array.of(chosen)), [1, ...test.shape]);
    const found = await attackPath(model, image, [label], options.attack);
    for (const part of parts)
      await writeNpy(path.join(folder, `${part}.npy`), { shape: [found[part].length], data: found[part] });
    writeFileSync(path.join(folder, 'image.json'), `${JSON.stringify({ image: chosen })}\n`);
  } finally {
    image?.dispose();
    model.dispose();
  }
}
