import type { SourcedTrainTest } from '../data/dataset.js';
import { noteUse } from '../display/session.js';
import { device, deviceInfo } from '../native/device.js';
import type { Provenance } from '../tables/provenance.js';
import { loadData } from './data.js';
import { codeOf, computations } from './kinds/index.js';
import type { Profile } from './profile.js';
import { Recipe } from './recipe.js';
import { Store } from './store.js';
import type { Stored } from './store.js';
import type { Json, Surroundings, Task } from './task.js';

/** Where a profile's tasks are computed and their results kept: one data set, one store, one device. */
export class Laboratory {
  readonly profile: Profile;
  readonly #shared: boolean;
  #data: Promise<SourcedTrainTest> | undefined;
  #store: Promise<Store> | undefined;
  #recipe: Promise<Recipe> | undefined;

  /** @param shared - Whether results are named as on every machine, see `StoreOptions`; default false. */
  constructor(profile: Profile, { shared = false }: { shared?: boolean } = {}) {
    this.profile = profile;
    this.#shared = shared;
    const { name, shrunk, seeds } = profile;
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

  /** Where this laboratory's numbers come from, for captions. */
  async provenance(): Promise<Provenance> {
    const { name, shrunk, seeds } = this.profile;
    const { source } = await this.data();
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

/** This machine and this code. */
export function surroundings(): Surroundings {
  // What names the device is plain JSON.
  return { device: { ...deviceInfo() } satisfies { [name: string]: Json }, code: codeOf };
}
