import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { holder } from './lock.js';
import type { SectionName } from './sections/index.js';
import type { TaskList } from './tasks.js';

/** Where a section stands. */
export interface SectionStatus {
  readonly section: SectionName;
  readonly tasks: number;
  readonly done: number;
  /** That the finished tasks took, where known. */
  readonly seconds: number;
}

/** A task under way. */
export interface RunningTask {
  readonly label: string;
  /** Who computes it: 'process 123 on host'. */
  readonly by: string;
}

export interface Status {
  readonly sections: readonly SectionStatus[];
  readonly running: readonly RunningTask[];
  /** Trainings that stopped in the middle and go on from their last epoch. */
  readonly stopped: readonly string[];
  readonly store: string;
  /** Of the store on disk. */
  readonly bytes: number;
  readonly notes: readonly string[];
}

/** Where a task list stands: nothing is computed. */
export function status({ tasks, store, notes }: TaskList): Status {
  const names = [...new Set(tasks.flatMap((task) => task.sections))];
  const finished = tasks.filter(({ task }) => store.has(task));
  const sections = names.map((section): SectionStatus => {
    const own = finished.filter((listed) => listed.sections.includes(section));
    const times = own.map(({ task }) => store.seconds(task) ?? 0);
    return {
      section,
      tasks: tasks.filter((listed) => listed.sections.includes(section)).length,
      done: own.length,
      seconds: times.reduce((sum, seconds) => sum + seconds, 0),
    };
  });
  const running = tasks.flatMap(({ task }): RunningTask[] => {
    // A process of a sweep names it as all machines do.
    const names = [store.key(task), store.taskKey(task)];
    const by = names.map((name) => holder(path.join(store.folder, 'locks', name))).find(Boolean);
    return by === undefined ? [] : [{ label: task.label, by }];
  });
  const busy = new Set(running.map(({ label }) => label));
  const stopped = tasks
    .filter(({ task }) => isStarted(path.join(store.folder, 'checkpoints', store.key(task))))
    .map(({ task }) => task.label)
    .filter((label) => !busy.has(label));
  return { sections, running, stopped, store: store.folder, bytes: bytesBelow(store.folder), notes };
}

function isStarted(checkpoint: string): boolean {
  return existsSync(checkpoint) && readdirSync(checkpoint).length > 0;
}

/** What a folder takes on disk, without what vanishes meanwhile. */
export function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    const entry = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return sum + (entry?.isFile() ? entry.size : 0);
  }, 0);
}
