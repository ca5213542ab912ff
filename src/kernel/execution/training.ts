import { KeyboardInterrupt } from './stop.js';

/** The part of a tfjs layers model by which its training can be stopped. */
export interface Trainable {
  stopTraining?: boolean;
  isTraining?: boolean;
}

type Fit = (this: Trainable, ...args: unknown[]) => Promise<unknown>;

const running = new Set<Trainable>();
const stopped = new WeakSet<Trainable>();
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
      running.add(this);
      try {
        const history = await original.apply(this, args);
        // tfjs takes a training that was told to stop for a finished one; the cell must not go on as if it were.
        if (stopped.has(this)) throw new KeyboardInterrupt();
        return history;
      } finally {
        stopped.delete(this);
        running.delete(this);
      }
    };
  }
}

/** Whether a training is under way: force would cut its batch. */
export function isTraining(): boolean {
  return running.size > 0;
}

/** Asks every running training to stop after its batch, and returns their models. */
export function stopTraining(): readonly Trainable[] {
  for (const model of running) {
    model.stopTraining = true;
    stopped.add(model);
  }
  return [...running];
}

/** Lets models train again whose training was cut off. */
export function abandonTraining(models: readonly Trainable[]): void {
  for (const model of models) if (running.delete(model)) model.isTraining = false;
}
