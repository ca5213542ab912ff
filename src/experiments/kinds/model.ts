import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TrainTest } from '../../data/dataset.js';
import { loadWeights, saveWeights } from '../../models/weights.js';
import { seeded } from '../../random.js';
import { trainAdversarial } from '../../training/adversarial.js';
import { distill } from '../../training/distillation.js';
import { trainJacobian } from '../../training/jacobian.js';
import { trainStandard } from '../../training/standard.js';
import { DataError } from '../../errors.js';
import type { NetworkOptions, TrainingSettings } from '../profiles.js';
import type { Work } from '../store.js';
import { optionsOf } from '../task.js';
import type { Task } from '../task.js';
import { newNetwork } from './network.js';

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
    };

/** A type alias, not an interface: only aliases are assignable to a task's JSON options. */
export type ModelOptions = {
  /** Checksum of the training set. */
  readonly dataset: string;
  readonly network: NetworkOptions;
  readonly training: TrainingSettings;
  readonly defense: Defense;
  readonly seed: number;
};

export const weightsFile = 'model.safetensors';

/** A model to train; a distilled one learns from the standard one of the same seed. */
export function modelTask(options: ModelOptions): Task {
  const { defense, seed } = options;
  const teacher = () => modelTask({ ...options, defense: { method: 'standard' } });
  return {
    kind: 'model',
    label: `${describe(defense)} model, seed ${seed}`,
    options: {
      ...options,
      training: { ...options.training },
      network: { ...options.network },
      defense: { ...defense },
    },
    inputs: defense.method === 'distilled' ? { teacher: teacher() } : {},
  };
}

function describe(defense: Defense): string {
  if (defense.method !== 'pgd') return defense.method;
  return `PGD-${defense.norm === 'l2' ? 'ℓ2' : 'ℓ∞'} (ε = ${Number(defense.epsilon.toFixed(4))})`;
}

/** Trains; writes the weights and the history of loss and accuracy. */
export async function trainModel(
  { train }: TrainTest,
  { task, folder, inputs, checkpoint }: Work,
): Promise<void> {
  const { network, training, defense, seed } = optionsOf<ModelOptions>(task);
  const random = seeded(seed).fork('model');
  const start = newNetwork(network, train.classes.length, random.fork('weights'));
  const options = {
    ...training,
    random: random.fork('training'),
    checkpoint: path.join(checkpoint, 'training'),
    label: task.label,
  };
  const teacher = inputs.teacher ? await loadWeights(path.join(inputs.teacher, weightsFile)) : undefined;
  try {
    const { model, history } = await run();
    await saveWeights(model, path.join(folder, weightsFile));
    writeFileSync(path.join(folder, 'history.json'), `${JSON.stringify(history)}\n`);
    model.dispose();
  } finally {
    start.dispose();
    teacher?.dispose();
  }

  function run() {
    switch (defense.method) {
      case 'standard':
        return trainStandard(start, train, options);
      case 'jacobian':
        return trainJacobian(start, train, { ...options, lambda: defense.lambda });
      case 'pgd': {
        const { norm, epsilon, steps } = defense;
        return trainAdversarial(start, train, { ...options, attack: { norm, epsilon, steps } });
      }
      case 'distilled':
        if (!teacher)
          throw new DataError('model: a distilled model needs a teacher among its inputs, got none');
        return distill(start, train, { ...options, teacher, temperature: defense.temperature });
    }
  }
}
