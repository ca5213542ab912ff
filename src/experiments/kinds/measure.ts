import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TrainTest } from '../../data/dataset.js';
import { accuracy } from '../../evaluation/accuracy.js';
import { robustAccuracy } from '../../evaluation/robustAccuracy.js';
import { loadWeights } from '../../models/weights.js';
import { writeNpy } from '../npy.js';
import type { Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { weightsFile } from './model.js';

export type MeasureOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  /** None: clean accuracy. */
  readonly attack?: { readonly norm: 'l2' | 'linf'; readonly epsilon: number; readonly steps: number };
};

export const measurementFile = 'accuracy.json';
/** uint8 [N]: 1 where the test image was classified correctly. */
export const correctFile = 'correct.npy';

/** A model's accuracy on the test set, clean or under attack. */
export function measureTask(options: MeasureOptions, model: Task): Task {
  const { attack, ...rest } = options;
  return {
    kind: 'measure',
    label: `${attack ? 'robust accuracy' : 'accuracy'} of the ${model.label}`,
    options: attack ? { ...rest, attack: { ...attack } } : rest,
    inputs: { model },
  };
}

/** Writes the accuracy and which images were right. */
export async function measure({ test }: TrainTest, { task, folder, inputs }: Work): Promise<void> {
  const { attack } = optionsOf<MeasureOptions>(task);
  const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
  try {
    const { correct, ...measured } = attack
      ? await robustAccuracy(model, test, { ...attack, label: task.label })
      : await accuracy(model, test);
    await writeNpy(path.join(folder, correctFile), { shape: [correct.length], data: correct });
    writeFileSync(path.join(folder, measurementFile), `${JSON.stringify(measured)}\n`);
  } finally {
    model.dispose();
  }
}
