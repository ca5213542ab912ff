import type { TrainTest } from '../../data/dataset.js';
import { DataError } from '../../errors.js';
import { codeHash } from '../code.js';
import type { Kind } from '../kind.js';
import type { Compute } from '../store.js';
import type { Task } from '../task.js';
import { agreement } from './agreement.js';
import { alignment } from './alignment.js';
import { boundary } from './boundary.js';
import { examples } from './examples.js';
import { latency } from './latency.js';
import { measure } from './measure.js';
import { model } from './model.js';
import { attackedPath } from './path.js';
import { ranks } from './ranks.js';
import { retrain } from './retrain.js';
import { sanity } from './sanity.js';

const kinds: Readonly<Record<string, Kind>> = {
  model,
  ranks,
  retrain,
  measure,
  examples,
  alignment,
  boundary,
  path: attackedPath,
  sanity,
  latency,
  agreement,
};

/** The functions that compute each kind of task on a data set; a task's options name that data set by checksum. */
export function computations(data: TrainTest): Readonly<Record<string, Compute>> {
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, (work) => kind.compute(data, work)]),
  );
}

/** Hash of the code that computes a task. */
export function codeOf(task: Task): string {
  const kind = kinds[task.kind];
  if (!kind) throw new DataError(`kinds: no kind of task is called '${task.kind}'`);
  return codeHash(kind.modules(task));
}
