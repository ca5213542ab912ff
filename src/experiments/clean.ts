import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { isHeld } from './lock.js';
import { mergedFolder, readManifest, resultFolder } from './result.js';
import { bytesBelow } from './status.js';
import type { TaskList } from './tasks.js';

/** A folder of a store that can be removed. */
export interface Removable {
  readonly folder: string;
  /** What it holds, in words. */
  readonly label: string;
  readonly bytes: number;
}

/** Everything that a store keeps: results, merged results, checkpoints and what killed processes left. */
export function everything(store: string): Removable[] {
  return [
    ...['results', 'merged'].flatMap((part) =>
      subfolders(path.join(store, part)).flatMap((prefix) => subfolders(prefix).map(result)),
    ),
    ...unfinished(store),
  ];
}

/** Checkpoints of stopped trainings and half-written results; not those of a running process. */
export function unfinished(store: string): Removable[] {
  return ['checkpoints', 'working'].flatMap((part) =>
    subfolders(path.join(store, part))
      .filter((folder) => !isHeld(path.join(store, 'locks', path.basename(folder).slice(0, 64))))
      .map((folder) => ({ folder, label: `left in ${part} by a stopped run`, bytes: bytesBelow(folder) })),
  );
}

/** The results of a task list that are there, merged ones too. */
export function resultsOf({ tasks, store }: TaskList): Removable[] {
  return tasks
    .flatMap(({ key, task }) => [
      resultFolder(store.folder, store.key(task)),
      mergedFolder(store.folder, key),
    ])
    .filter((folder) => existsSync(folder))
    .map(result);
}

/** Those that were last written more than some days ago. */
export function olderThan(removable: readonly Removable[], days: number, now = Date.now()): Removable[] {
  const limit = now - days * 86_400_000;
  return removable.filter(
    ({ folder }) => (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < limit,
  );
}

/** Removes them; what another process removed meanwhile is no error. */
export function remove(removable: readonly Removable[]): void {
  for (const { folder } of removable) rmSync(folder, { recursive: true, force: true });
}

function result(folder: string): Removable {
  return { folder, label: labelOf(folder), bytes: bytesBelow(folder) };
}

function labelOf(folder: string): string {
  try {
    return readManifest(folder).label;
  } catch {
    return 'damaged result';
  }
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => path.join(folder, name));
}
