import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Precision } from '../../compiler/precision.js';
import type { TrainTest } from '../../data/dataset.js';
import { subset } from '../../data/subset.js';
import { accuracy, summarise } from '../../evaluation/accuracy.js';
import type { Accuracy } from '../../evaluation/accuracy.js';
import { loadWeights } from '../../models/weights.js';
import type { Model } from '../../models/model.js';
import { seeded } from '../../random.js';
import type { Kind } from '../kind.js';
import { readNpy, writeNpy } from '../../data/npy.js';
import { readJson } from '../readJson.js';
import type { Stored, Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { weightsFile } from './model.js';
import { attackedTogether, inParts } from './parts.js';

/** What a model's accuracy is measured under; none: clean images. */
export type MeasureAttack = {
  /** Plain PGD, or the strong attack: auto-PGD on the cross-entropy, then towards nine classes. */
  readonly kind: 'pgd' | 'strong';
  readonly norm: 'l2' | 'linf';
  readonly epsilon: number;
  readonly steps: number;
  /** The first images only; default all. */
  readonly images?: number;
};

export type MeasureOptions = {
  /** Checksum of the test set. */
  readonly dataset: string;
  readonly attack?: MeasureAttack;
  /** What passes of clean images and of plain PGD compute in; default 'float32'. */
  readonly precision?: Precision;
};

/** An accuracy on test images, and which of them were right. */
export interface Measurement {
  readonly accuracy: number;
  /** [N], 1 where the image was classified correctly. */
  readonly correct: Uint8Array;
  readonly key: string;
}

const measurementFile = 'accuracy.json';
/** uint8 [N]: 1 where the test image was classified correctly. */
const correctFile = 'correct.npy';

/** A model's accuracy on the test set, clean or under attack. */
export function measureTask({ dataset, attack, precision }: MeasureOptions, model: Task): Task {
  const names = { pgd: 'robust accuracy', strong: 'accuracy under the strong attack' };
  return {
    kind: 'measure',
    label: `${attack ? names[attack.kind] : 'accuracy'} of the ${model.label}`,
    options: { dataset, ...(attack && { attack: { ...attack } }), ...(precision && { precision }) },
    inputs: { model },
  };
}

export async function measurement({ folder, key }: Stored): Promise<Measurement> {
  const measured = readJson(folder, measurementFile) as { accuracy: number };
  const { data } = await readNpy(path.join(folder, correctFile));
  return { accuracy: measured.accuracy, correct: data as Uint8Array, key };
}

/** Writes the accuracy and which images were right. */
export async function writeMeasurement(folder: string, { correct, ...measured }: Accuracy): Promise<void> {
  await writeNpy(path.join(folder, correctFile), { shape: [correct.length], data: correct });
  writeFileSync(path.join(folder, measurementFile), `${JSON.stringify(measured)}\n`);
}

const attackModules = {
  pgd: '../../evaluation/robustAccuracy.js',
  strong: '../../evaluation/strongAccuracy.js',
};

export const measure: Kind = {
  modules: (task) => {
    const { attack } = optionsOf<MeasureOptions>(task);
    return [
      new URL(import.meta.url),
      ...(attack ? [new URL(attackModules[attack.kind], import.meta.url)] : []),
    ];
  },
  async compute({ test }, { task, folder, inputs, checkpoint }: Work) {
    const model = await loadWeights(path.join(inputs.model ?? '', weightsFile));
    try {
      await writeMeasurement(folder, await measured(model, test, { task, checkpoint }));
    } finally {
      model.dispose();
    }
  },
};

async function measured(
  model: Model,
  test: TrainTest['test'],
  { task, checkpoint }: Pick<Work, 'task' | 'checkpoint'>,
): Promise<Accuracy> {
  const { attack, precision } = optionsOf<MeasureOptions>(task);
  if (!attack) return accuracy(model, test, { ...(precision && { precision }) });
  const { kind, images, ...options } = attack;
  const some = images === undefined ? test : subset(test, Math.min(images, test.labels.length));
  if (kind === 'pgd') {
    const { robustAccuracy } = await import('../../evaluation/robustAccuracy.js');
    return robustAccuracy(model, some, {
      ...options,
      ...(precision && { precision }),
      label: task.label,
    });
  }
  const { strongAccuracy } = await import('../../evaluation/strongAccuracy.js');
  const { correct } = await inParts(
    some,
    async ({ images, stream, onProgress }) => {
      const random = stream(seeded(0).fork('strong'));
      const found = await strongAccuracy(model, images, { ...options, random, onProgress });
      return { correct: Float32Array.from(found.correct) };
    },
    { folder: checkpoint, name: 'strong', label: task.label, size: attackedTogether },
  );
  return summarise(Uint8Array.from(correct));
}
