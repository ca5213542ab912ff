import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TrainTest } from '../../data/dataset.js';
import type { Precision } from '../../compiler/precision.js';
import { DataError } from '../../errors.js';
import type { Model } from '../../models/model.js';
import { loadWeights, saveWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import type { TrainOptions, TrainResult } from '../../training/options.js';
import type { NetworkOptions, TrainingSettings } from '../profile.js';
import type { Kind } from '../kind.js';
import type { Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import type { ExplainerSettings } from './alignedExplainer.js';
import { wholeCheckpoint } from './checkpoint.js';
import { newNetwork, sizesOf } from './network.js';

/** How a model is trained; each is a section or a part of one. */
export type Defense =
  | { readonly method: 'standard' }
  | { readonly method: 'distilled'; readonly temperature: number }
  | { readonly method: 'jacobian'; readonly lambda: number }
  | {
      readonly method: 'pgd';
      readonly norm: 'l2' | 'linf';
      readonly epsilon: number;
      readonly steps: number;
    }
  /** Trained with an explainer, which learns the maps of the task's teacher. */
  | ({ readonly method: 'explainer' } & ExplainerSettings);

/** A type alias, not an interface: only aliases are assignable to a task's JSON options. */
export type ModelOptions = {
  /** Checksum of the training set. */
  readonly dataset: string;
  readonly network: NetworkOptions;
  readonly training: TrainingSettings;
  readonly precision: Precision;
  readonly defense: Defense;
  readonly seed: number;
};

export const weightsFile = 'model.safetensors';

/**
 * A model to train.
 *
 * @param teacher - Whose softened output a distilled model learns; whose maps an explainer learns.
 */
export function modelTask(options: ModelOptions, teacher?: Task): Task {
  const { defense, seed } = options;
  const aligned = defense.method === 'explainer' && teacher ? `, aligned to the ${teacher.label}` : '';
  return {
    kind: 'model',
    label: `${defenseName(defense)} model, seed ${seed}${aligned}`,
    options: {
      ...options,
      training: { ...options.training },
      network: { ...options.network },
      defense: { ...defense },
    },
    inputs: teacher ? { teacher } : {},
  };
}

/** 'PGD-ℓ∞ (ε = 8/255, 20 steps)'. */
export function defenseName(defense: Defense): string {
  if (defense.method !== 'pgd') return defense.method;
  const { norm, epsilon, steps } = defense;
  const radius = norm === 'l2' ? Number(epsilon.toFixed(4)) : `${Number((epsilon * 255).toFixed(2))}/255`;
  return `PGD-${norm === 'l2' ? 'ℓ2' : 'ℓ∞'} (ε = ${radius}, ${steps} steps)`;
}

const modules: Readonly<Record<Defense['method'], string>> = {
  standard: '../../training/standard.js',
  distilled: '../../training/distillation.js',
  jacobian: '../../training/jacobian.js',
  pgd: '../../training/adversarial.js',
  explainer: './alignedExplainer.js',
};

/** Trains; writes the weights and the history of loss and accuracy. */
export const model: Kind = {
  modules: (task) => {
    const { method } = optionsOf<ModelOptions>(task).defense;
    return [new URL(import.meta.url), new URL(modules[method], import.meta.url)];
  },
  compute: trainModel,
};

async function trainModel({ train }: TrainTest, { task, folder, inputs, checkpoint }: Work): Promise<void> {
  const { network, training, precision, defense, seed } = optionsOf<ModelOptions>(task);
  const random = seeded(seed).fork('model');
  const start = newNetwork(network, sizesOf(train), random.fork('weights'));
  const options = {
    ...training,
    precision,
    random: random.fork('training'),
    checkpoint: await wholeCheckpoint(checkpoint, task.label),
    label: task.label,
  };
  const teacher = inputs.teacher ? await loadWeights(path.join(inputs.teacher, weightsFile)) : undefined;
  const trainer = await trainerOf(defense, { teacher, checkpoint });
  try {
    const { model, history } = await trainer(start, train, options);
    await saveWeights(model, path.join(folder, weightsFile));
    writeFileSync(path.join(folder, 'history.json'), `${JSON.stringify(history)}\n`);
    model.dispose();
  } finally {
    start.dispose();
    teacher?.dispose();
  }
}

type Trainer = (start: Model, train: TrainTest['train'], options: TrainOptions) => Promise<TrainResult>;

/** Each is loaded on its own, so that a change of one training's code leaves the other models alone. */
async function trainerOf(
  defense: Defense,
  { teacher, checkpoint }: { teacher: Model | undefined; checkpoint: string },
): Promise<Trainer> {
  switch (defense.method) {
    case 'standard':
      return (await import('../../training/standard.js')).trainStandard;
    case 'jacobian': {
      const { trainJacobian } = await import('../../training/jacobian.js');
      return (start, train, options) => trainJacobian(start, train, { ...options, lambda: defense.lambda });
    }
    case 'pgd': {
      const { trainAdversarial } = await import('../../training/adversarial.js');
      const { norm, epsilon, steps } = defense;
      const attack = { norm, epsilon, steps };
      return (start, train, options) => trainAdversarial(start, train, { ...options, attack });
    }
    case 'distilled': {
      if (!teacher)
        throw new DataError('model: a distilled model needs a teacher among its inputs, got none');
      const { distill } = await import('../../training/distillation.js');
      const { temperature } = defense;
      return (start, train, options) => distill(start, train, { ...options, teacher, temperature });
    }
    case 'explainer': {
      if (!teacher) throw new DataError('model: an explainer needs a teacher among its inputs, got none');
      const { trainAlignedExplainer } = await import('./alignedExplainer.js');
      return (start, train, options) =>
        trainAlignedExplainer(start, train, { ...options, teacher, defense, folder: checkpoint });
    }
  }
}
