import { DataError } from '../errors.js';
import { loadData } from './data.js';
import { surroundings } from './laboratory.js';
import type { Profile } from './profile.js';
import { Recipe } from './recipe.js';
import type { DataChecksums } from './recipe.js';
import { sections } from './sections/index.js';
import type { SectionName } from './sections/index.js';
import { Store } from './store.js';
import type { Task } from './task.js';

/** A task of some sections, itself or because another one reads its result. */
export interface ListedTask {
  /** Names it on every machine with this code: what `roarbook run` takes. */
  readonly key: string;
  readonly task: Task;
  /** Which sections need it. */
  readonly sections: readonly SectionName[];
  /** Keys of the tasks whose results it reads. */
  readonly inputs: readonly string[];
}

/** How many images a task list is about, and of what size. */
export interface ImageCounts {
  readonly train: number;
  readonly test: number;
  /** Height × width. */
  readonly pixels: number;
  readonly classes: number;
}

export interface TaskList {
  readonly profile: Profile;
  /** Every task once, after those that it reads. */
  readonly tasks: readonly ListedTask[];
  /** Reads results; it computes none. */
  readonly store: Store;
  readonly images: ImageCounts;
  /** What a reader must know: that the images are not there, for one. */
  readonly notes: readonly string[];
}

/**
 * The tasks of sections in a profile, with all that they need; none is computed.
 *
 * Where CIFAR-10 is not there it is not downloaded: sizes are the official ones and nothing counts as computed.
 */
export async function listTasks(profile: Profile, names: readonly SectionName[]): Promise<TaskList> {
  const { checksums, notes, images } = await look(profile);
  const recipe = new Recipe(profile, checksums);
  const store = new Store({ kinds: {}, surroundings: surroundings() });
  const listed = new Map<string, { task: Task; users: Set<SectionName> }>();
  const add = (task: Task, user: SectionName): void => {
    const key = store.taskKey(task);
    const known = listed.get(key);
    if (known?.users.has(user)) return;
    for (const input of Object.values(task.inputs)) add(input, user);
    if (known) known.users.add(user);
    else listed.set(key, { task, users: new Set([user]) });
  };
  for (const name of names) for (const task of sections[name].tasks(recipe)) add(task, name);
  const tasks = [...listed].map(([key, { task, users }]): ListedTask => {
    const inputs = Object.values(task.inputs).map((input) => store.taskKey(input));
    return { key, task, sections: [...users], inputs };
  });
  return { profile, tasks, store, images, notes };
}

async function look(
  profile: Profile,
): Promise<{ checksums: DataChecksums; images: ImageCounts; notes: readonly string[] }> {
  try {
    const { train, test } = await loadData(profile, { download: false });
    const [height, width] = test.shape;
    return {
      checksums: { train: train.source.checksum, test: test.source.checksum },
      images: {
        ...{ train: train.labels.length, test: test.labels.length },
        ...{ pixels: height * width, classes: test.classes.length },
      },
      notes: [],
    };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { train = 50_000, test = 10_000 } = profile;
    return {
      checksums: { train: 'unknown', test: 'unknown' },
      images: { train, test, pixels: 32 * 32, classes: 10 },
      notes: [`The images are not there, so nothing counts as computed (${error.message}).`],
    };
  }
}
