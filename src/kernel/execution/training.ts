import { KeyboardInterrupt } from './stop.js';

/** The part of a tfjs layers model by which its training can be stopped. */
export interface Trainable {
  stopTraining?: boolean;
  isTraining?: boolean;
}

type Fit = (this: Trainable, ...args: unknown[]) => Promise<unknown>;

/** One call of `model.fit`. */
export interface Training {
  readonly model: Trainable;
  stopped: boolean;
}

const running = new Set<Training>();
const patched = new WeakSet<object>();

/** Makes `model.fit` of a loaded tfjs stoppable: it looks at `stopTraining` after each batch. */
export function watchTraining(namespace: Record<string, unknown>): void {
  const model = namespace['LayersModel'] as { prototype?: Record<string, unknown> } | undefined;
  const prototype = model?.prototype;
  if (!prototype || patched.has(prototype)) return;
  patched.add(prototype);
  for (const name of ['fit', 'fitDataset']) {
    const original = prototype[name] as Fit | undefined;
    if (typeof original !== 'function') continue;
    prototype[name] = async function (this: Trainable, ...args: unknown[]) {
      const training: Training = { model: this, stopped: false };
      running.add(training);
      try {
        const history = await original.apply(this, args);
        // tfjs takes a training that was told to stop for a finished one; the cell must not go on as if it were.
        if (training.stopped) throw new KeyboardInterrupt();
        return history;
      } finally {
        running.delete(training);
      }
    };
  }
}

/** Whether a training is under way: force would cut its batch. */
export function isTraining(): boolean {
  return running.size > 0;
}

/**
 * Asks every running training to stop after its batch, and returns them. One that has only begun forgets it: ask again
 * while it runs.
 */
export function stopTraining(): readonly Training[] {
  for (const training of running) {
    training.model.stopTraining = true;
    training.stopped = true;
  }
  return [...running];
}

/** Lets models train again whose training was cut off. */
export function abandonTraining(trainings: readonly Training[]): void {
  for (const training of trainings) if (running.delete(training)) training.model.isTraining = false;
}
