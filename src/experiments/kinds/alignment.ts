import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import type { TrainTest } from '../../data/dataset.js';
import { alignment as align } from '../../evaluation/alignment.js';
import { loadWeights } from '../../models/weights.js';
import type { Kind } from '../kind.js';
import { readNpy, writeNpy } from '../../data/npy.js';
import { readJson } from '../readJson.js';
import type { Stored, Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { weightsFile } from './model.js';

export type AlignmentOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  /** ⟨x, ∇Ψ⟩ rather than ⟨x, |∇Ψ|⟩. */
  readonly signed: boolean;
  /** What passes compute in; default 'float32'. */
  readonly precision?: Precision;
};

/** Mean alignment of the test images with a model's maps, and each image's own. */
export interface AlignmentResult {
  readonly mean: number;
  readonly median: number;
  readonly interval: readonly [low: number, high: number];
  /** float32 [N]. */
  readonly values: Float32Array;
}

/** How well a model's gradients agree with the test images. */
export function alignmentTask(options: AlignmentOptions, model: Task): Task {
  const reading = options.signed ? 'signed alignment' : 'alignment';
  return { kind: 'alignment', label: `${reading} of the ${model.label}`, options, inputs: { model } };
}

export async function alignmentResult({ folder }: Stored): Promise<AlignmentResult> {
  const summary = readJson(folder, 'alignment.json') as Omit<AlignmentResult, 'values'>;
  const { data } = await readNpy(path.join(folder, 'values.npy'));
  return { ...summary, values: data as Float32Array };
}

export const alignment: Kind = {
  modules: () => [new URL(import.meta.url)],
  compute: measureAlignment,
};

async function measureAlignment({ test }: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { signed, precision } = optionsOf<AlignmentOptions>(task);
  const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
  try {
    const { values, ...summary } = await align(model, test, {
      ...{ signed, label: task.label },
      ...(precision && { precision }),
    });
    await writeNpy(path.join(folder, 'values.npy'), { shape: [values.length], data: values });
    writeFileSync(path.join(folder, 'alignment.json'), `${JSON.stringify(summary)}\n`);
  } finally {
    model.dispose();
  }
}
