import path from 'node:path';
import type { TrainTest } from '../../data/dataset.js';
import { readNpy, writeNpy } from '../../data/npy.js';
import { subset } from '../../data/subset.js';
import { boundaryDistance } from '../../evaluation/boundaryDistance.js';
import { minimalDistance } from '../../evaluation/minimalDistance.js';
import type { Model } from '../../models/model.js';
import { loadWeights } from '../../models/weights.js';
import type { Kind } from '../kind.js';
import type { Stored, Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { weightsFile } from './model.js';
import { attackedTogether, inParts } from './parts.js';
import type { Part } from './parts.js';

export type BoundaryOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  /** The minimal attack: on how many of the first images, and its steps. */
  readonly minimal: { readonly images: number; readonly steps: number };
};

/** Each test image's distances in pixel units, float32; the bound is `alignment` + `xi`. See `boundaryDistance`. */
export interface BoundaryResult {
  /** ρ̃, [N]. */
  readonly distance: Float32Array;
  /** |⟨x, ∇Ψ†⟩| / ‖∇Ψ†‖, [N]. */
  readonly alignment: Float32Array;
  /** ξ, [N]. */
  readonly xi: Float32Array;
  /** A minimal attack's distance, at least ρ, of the first images; Infinity where it found nothing. */
  readonly minimal: Float32Array;
}

/** How far the test images are from a model's decision boundary, and what bounds it. */
export function boundaryTask({ dataset, minimal }: BoundaryOptions, model: Task): Task {
  const options = { dataset, minimal: { ...minimal } };
  return {
    kind: 'boundary',
    label: `distances to the boundary of the ${model.label}`,
    options,
    inputs: { model },
  };
}

export async function boundaryResult({ folder }: Stored): Promise<BoundaryResult> {
  const read = async (part: keyof BoundaryResult) =>
    (await readNpy(path.join(folder, `${part}.npy`))).data as Float32Array;
  return {
    distance: await read('distance'),
    alignment: await read('alignment'),
    xi: await read('xi'),
    minimal: await read('minimal'),
  };
}

export const boundary: Kind = {
  modules: () => [new URL(import.meta.url)],
  compute: measureDistances,
};

async function measureDistances({ test }: TrainTest, work: Work): Promise<void> {
  const { task, folder, inputs, checkpoint } = work;
  const { images, steps } = optionsOf<BoundaryOptions>(task).minimal;
  const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
  try {
    const linear = await inParts(test, (part) => linearised(model, part), {
      folder: checkpoint,
      name: 'linearised',
      label: task.label,
    });
    const some = subset(test, Math.min(images, test.labels.length));
    const attacked = await inParts(
      some,
      async (part) => {
        const { values } = await minimalDistance(model, part.images, { steps, onProgress: part.onProgress });
        return { minimal: values };
      },
      { folder: checkpoint, name: 'minimal', label: `minimal attack, ${task.label}`, size: attackedTogether },
    );
    for (const [name, data] of Object.entries({ ...linear, ...attacked }))
      await writeNpy(path.join(folder, `${name}.npy`), { shape: [data.length], data });
  } finally {
    model.dispose();
  }
}

async function linearised(model: Model, { images, onProgress }: Part) {
  const { distance, alignment, xi } = await boundaryDistance(model, images, { onProgress });
  return { distance: distance.values, alignment: alignment.values, xi: xi.values };
}
