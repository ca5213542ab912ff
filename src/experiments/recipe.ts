import type { Precision } from '../compiler/precision.js';
import { agreementTask } from './kinds/agreement.js';
import { alignmentTask } from './kinds/alignment.js';
import type { AttributionOptions } from './kinds/attribution.js';
import { boundaryTask } from './kinds/boundary.js';
import { examplesTask } from './kinds/examples.js';
import { latencyTask } from './kinds/latency.js';
import { measureTask } from './kinds/measure.js';
import type { MeasureAttack } from './kinds/measure.js';
import { modelTask } from './kinds/model.js';
import type { Defense } from './kinds/model.js';
import { pathTask } from './kinds/path.js';
import type { PathOptions } from './kinds/path.js';
import { ranksTask } from './kinds/ranks.js';
import { retrainTask } from './kinds/retrain.js';
import { sanityTask } from './kinds/sanity.js';
import type { Profile } from './profile.js';
import { canonical } from './task.js';
import type { Json, Task } from './task.js';

/** Checksums of the images, which every task names. */
export interface DataChecksums {
  readonly train: string;
  readonly test: string;
}

/**
 * Writes the tasks of a profile on a data set; it computes nothing.
 *
 * The same calls give the same task: a model that two sections ask for is one task, and is trained once.
 */
export class Recipe {
  readonly profile: Profile;
  readonly data: DataChecksums;
  readonly #made = new Map<string, Task>();

  constructor(profile: Profile, data: DataChecksums) {
    this.profile = profile;
    this.data = data;
  }

  /** A trained model. A distilled one learns from the standard model of its seed if no teacher is given. */
  model(defense: Defense, seed: number, teacher?: Task): Task {
    const { network, training, precision } = this.profile;
    const options = { dataset: this.data.train, network, training, precision, defense, seed };
    const standard = defense.method === 'distilled' ? this.model({ method: 'standard' }, seed) : undefined;
    return this.#once(modelTask(options, teacher ?? standard));
  }

  /** A standard model trained with an explainer, which learns the `teacher`'s maps. */
  explainer(teacher: Task, seed: number): Task {
    const { explainer, smoothGrad } = this.profile;
    return this.model({ method: 'explainer', ...explainer, ...smoothGrad }, seed, teacher);
  }

  /** A model's accuracy on the test set, clean or under attack; its result is a `measurement`. */
  accuracy(model: Task, attack?: MeasureAttack): Task {
    const measured = attack?.kind === 'strong' ? {} : asked(this.profile.evaluationPrecision);
    return this.#once(
      measureTask({ dataset: this.data.test, ...(attack && { attack }), ...measured }, model),
    );
  }

  /** The order in which a method has the pixels of all images removed; only chance needs no model. */
  ranks(attribution: AttributionOptions, { model, seed }: { model?: Task; seed: number }): Task {
    return this.#once(
      ranksTask({ datasets: this.#datasets(), attribution, seed, ...this.#explaining() }, model),
    );
  }

  /** Removal and retraining; 'mask' retrains on the masks alone. Its result is a `measurement`. */
  retrain(
    ranks: Task,
    { level, seed, view = 'removed' }: { level: number; seed: number; view?: 'removed' | 'mask' },
  ): Task {
    const { network, training, precision, evaluationPrecision } = this.profile;
    const measured = evaluationPrecision === 'float32' ? {} : { evaluationPrecision };
    const options = {
      datasets: this.#datasets(),
      network,
      training,
      precision,
      level,
      seed,
      view,
      ...measured,
    };
    return this.#once(retrainTask(options, ranks));
  }

  /** Maps of the first test image of each of `count` classes, or of the first images; its result are `exampleMaps`. */
  examples(
    attribution: AttributionOptions,
    options: { model: Task; count: number; seed: number; selection?: 'inOrder' },
  ): Task {
    const { model, ...chosen } = options;
    return this.#once(examplesTask({ ...this.#maps(attribution), ...chosen }, model));
  }

  /** Alignment of the test images with a model's gradients; its result is an `alignmentResult`. */
  alignment(model: Task, { signed }: { signed: boolean }): Task {
    return this.#once(alignmentTask({ dataset: this.data.test, signed, ...this.#explaining() }, model));
  }

  /** Distances of the test images to the decision boundary, and their bound; its result is a `boundaryResult`. */
  boundary(model: Task): Task {
    return this.#once(boundaryTask({ dataset: this.data.test, minimal: this.profile.minimalAttack }, model));
  }

  /** Every step of an attack on one test image; its result is a `pathResult`. */
  path(model: Task, options: Omit<PathOptions, 'dataset'>): Task {
    return this.#once(pathTask({ dataset: this.data.test, ...options }, model));
  }

  /** A method's maps with noise in the network's last block; its result is a `sanityResult`. */
  sanity(attribution: AttributionOptions, options: { model: Task; images: number; seed: number }): Task {
    const { model, ...chosen } = options;
    return this.#once(sanityTask({ ...this.#maps(attribution), ...chosen }, model));
  }

  /** How a model's explainer agrees with the maps of its teacher; its result is an `agreementResult`. */
  agreement(model: Task, options: { teacher: Task; images: number; seed: number }): Task {
    const { teacher, ...chosen } = options;
    const attribution = { method: 'smoothGrad', ...this.profile.smoothGrad } as const;
    return this.#once(agreementTask({ ...this.#maps(attribution), ...chosen }, model, teacher));
  }

  /** How long one image's map takes; its result is a `latencyResult`. */
  latency(attribution: AttributionOptions, { model, runs }: { model: Task; runs: number }): Task {
    return this.#once(latencyTask({ ...this.#maps(attribution), runs }, model));
  }

  #maps(attribution: AttributionOptions) {
    return { dataset: this.data.test, attribution, ...this.#explaining() };
  }

  #explaining(): { precision?: Precision } {
    return asked(this.profile.attributionPrecision);
  }

  #datasets(): readonly [string, string] {
    return [this.data.train, this.data.test];
  }

  /** One object for equal tasks, so that its key is computed once. */
  #once(task: Task): Task {
    const name = canonical(contentOf(task, this.#names));
    const known = this.#made.get(name);
    if (known) return known;
    this.#made.set(name, task);
    this.#names.set(task, this.#made.size);
    return task;
  }

  readonly #names = new Map<Task, number>();
}

/** A precision that is not the usual one: tasks name no other, so that their keys stay as they are. */
function asked(precision: Precision): { precision?: Precision } {
  return precision === 'float32' ? {} : { precision };
}

/** A task's content with its inputs by number, where they are known. */
function contentOf({ kind, options, inputs }: Task, names: ReadonlyMap<Task, number>): Json {
  const numbered = Object.entries(inputs).map(([name, input]): [string, Json] => [
    name,
    names.get(input) ?? contentOf(input, names),
  ]);
  return { kind, options, inputs: Object.fromEntries(numbered) };
}
