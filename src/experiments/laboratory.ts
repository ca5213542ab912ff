import type { SourcedTrainTest, TrainTest } from '../data/dataset.js';
import { noteUse } from '../display/session.js';
import { device, deviceInfo } from '../native/device.js';
import type { Provenance } from '../tables/provenance.js';
import { loadData, ownData } from './data.js';
import { codeOf, computations } from './kinds/index.js';
import type { Profile } from './profile.js';
import { Recipe } from './recipe.js';
import { shrunkOf } from './shrunk.js';
import type { Described } from './shrunk.js';
import { Store } from './store.js';
import type { Stored } from './store.js';
import type { Json, Surroundings, Task } from './task.js';

export interface LaboratoryOptions {
  shared?: boolean;
  data?: TrainTest | undefined;
}

/** Where a profile's tasks are computed and their results kept: one data set, one store, one device. */
export class Laboratory {
  readonly profile: Profile;
  readonly #shared: boolean;
  #data: Promise<SourcedTrainTest> | undefined;
  #store: Promise<Store> | undefined;
  #recipe: Promise<Recipe> | undefined;

  /**
   * @param options - `shared`: whether results are named as on every machine, see `StoreOptions`; default false. `data`:
   *   images in place of those that the profile names, all of them.
   */
  constructor(profile: Profile, { shared = false, data }: LaboratoryOptions = {}) {
    this.profile = data ? ofImages(profile, data) : profile;
    this.#shared = shared;
    if (data) this.#data = Promise.resolve(ownData(data));
    const { name, shrunk, seeds } = this.profile;
    noteUse('profiles', JSON.stringify([name, shrunk, seeds]), { name, shrunk, seeds });
  }

  /** The images, loaded once. */
  data(): Promise<SourcedTrainTest> {
    this.#data ??= loadData(this.profile);
    return this.#data;
  }

  /** Writes tasks on these images. */
  recipe(): Promise<Recipe> {
    this.#recipe ??= this.data().then(({ train, test }) => {
      return new Recipe(this.profile, { train: train.source.checksum, test: test.source.checksum });
    });
    return this.#recipe;
  }

  store(): Promise<Store> {
    this.#store ??= this.data().then(
      (data) => new Store({ kinds: computations(data), surroundings: surroundings(), shared: this.#shared }),
    );
    return this.#store;
  }

  /** The result of a task, computed if it is not there, as `reader` reads it: `measurement`, `exampleMaps`, … */
  async read<Result>(task: Task, reader: (stored: Stored) => Promise<Result>): Promise<Result> {
    return reader(await (await this.store()).result(task));
  }

  /** Where numbers come from, for captions: of what is shrunk they name the `options` that decide them; default all. */
  async provenance(options?: readonly Described[]): Promise<Provenance> {
    const { name, seeds } = this.profile;
    const { source } = await this.data();
    const shrunk = shrunkOf(this.profile, options);
    return { profile: name, shrunk, dataset: source.caption, seeds, device: device() };
  }

  /** What every section's numbers begin with: the section, its options, and where they come from. */
  async origin(section: string) {
    const { source, train, test } = await this.data();
    return {
      section,
      profile: this.profile,
      provenance: await this.provenance(),
      data: { ...source, train: train.source, test: test.source },
    };
  }
}

/** A profile on images of the user's own. */
function ofImages(profile: Profile, { train, test }: TrainTest): Profile {
  const counts = { train: train.labels.length, test: test.labels.length };
  const own = { ...profile, dataset: 'own' as const, ...counts };
  return { ...own, shrunk: shrunkOf(own) };
}

/** This machine and this code. */
export function surroundings(): Surroundings {
  // What names the device is plain JSON.
  return { device: { ...deviceInfo() } satisfies { [name: string]: Json }, code: codeOf };
}
