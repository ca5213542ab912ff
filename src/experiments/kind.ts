import type { TrainTest } from '../data/dataset.js';
import type { Work } from './store.js';
import type { Task } from './task.js';

/** What computes a kind of task. */
export interface Kind {
  /** Writes the result's files into `work.folder`. */
  compute(data: TrainTest, work: Work): Promise<void>;
  /**
   * The modules whose code decides the bytes, with all that they import: when one changes, results are computed again.
   * What only some tasks of the kind need is loaded with `import()` and named for these only.
   */
  modules(task: Task): readonly URL[];
}
