import path from 'node:path';
import type { SourcedTrainTest } from '../data/dataset.js';
import { deviceInfo } from '../native/device.js';
import { loadData } from './data.js';
import { codeOf, computations } from './kinds/index.js';
import { examplesTask, mapsFile } from './kinds/examples.js';
import { correctFile, measureTask, measurementFile } from './kinds/measure.js';
import { modelTask } from './kinds/model.js';
import type { Defense } from './kinds/model.js';
import { ranksTask } from './kinds/ranks.js';
import { retrainTask } from './kinds/retrain.js';
import { readNpy } from './npy.js';
import type { Profile } from './profiles.js';
import { Store, readJson } from './store.js';
import type { Json, Task } from './task.js';

/** An accuracy on the test set, and which images it consists of. */
export interface Measurement {
  readonly accuracy: number;
  /** [N], 1 where the image was classified correctly. */
  readonly correct: Uint8Array;
  readonly key: string;
}

/** What decides which pixels are removed: a model's saliency, or chance. */
export type Remover = Defense | 'random';

/**
 * What every section of the paper is made of: models, their accuracies, removal and retraining, on one data set in one
 * profile, each result kept in the store.
 */
export class Laboratory {
  readonly profile: Profile;
  #data: Promise<SourcedTrainTest> | undefined;
  #store: Promise<Store> | undefined;

  constructor(profile: Profile) {
    this.profile = profile;
  }

  /** The images, loaded once. */
  data(): Promise<SourcedTrainTest> {
    this.#data ??= loadData(this.profile);
    return this.#data;
  }

  /** Accuracy of a trained model, clean or under PGD of the profile's evaluation steps. */
  async measure(
    defense: Defense,
    seed: number,
    attack?: { norm: 'l2' | 'linf'; epsilon: number },
  ): Promise<Measurement> {
    const { test } = await this.data();
    const steps = this.profile.evaluationSteps;
    const options = { dataset: test.source.checksum, ...(attack && { attack: { ...attack, steps } }) };
    return this.#measurement(measureTask(options, await this.#model(defense, seed)));
  }

  /** Accuracy after removing a fraction of the pixels and retraining; 'mask' retrains on the masks alone. */
  async retrain(
    remover: Remover,
    { level, seed, view = 'removed' }: { level: number; seed: number; view?: 'removed' | 'mask' },
  ): Promise<Measurement> {
    const { network, training } = this.profile;
    const datasets = await this.#checksums();
    const by = remover === 'random' ? { seed } : { model: await this.#model(remover, seed) };
    const options = { datasets, network, training, level, seed, view };
    return this.#measurement(retrainTask(options, ranksTask(datasets, by)));
  }

  /** Saliency maps of some test images: float32 [n, H, W, C]. */
  async maps(defense: Defense, seed: number, indices: readonly number[]): Promise<Float32Array> {
    const { test } = await this.data();
    const task = examplesTask({ dataset: test.source.checksum, indices }, await this.#model(defense, seed));
    const { folder } = await this.#result(task);
    const { data } = await readNpy(path.join(folder, mapsFile));
    // explainExamples wrote float32.
    return data as Float32Array;
  }

  async #model(defense: Defense, seed: number): Promise<Task> {
    const { network, training } = this.profile;
    const [dataset] = await this.#checksums();
    return modelTask({ dataset, network, training, defense, seed });
  }

  async #checksums(): Promise<readonly [string, string]> {
    const { train, test } = await this.data();
    return [train.source.checksum, test.source.checksum];
  }

  async #measurement(task: Task): Promise<Measurement> {
    const { folder, key } = await this.#result(task);
    const measured = readJson(folder, measurementFile) as { accuracy: number };
    const { data } = await readNpy(path.join(folder, correctFile));
    return { accuracy: measured.accuracy, correct: data as Uint8Array, key };
  }

  async #result(task: Task) {
    this.#store ??= this.data().then((data) => {
      // What names the device is plain JSON.
      const device = { ...deviceInfo() } satisfies { [name: string]: Json };
      return new Store({ kinds: computations(data), surroundings: { device, code: codeOf } });
    });
    return (await this.#store).result(task);
  }
}
