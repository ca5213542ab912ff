import { setTimeout as sleep } from 'node:timers/promises';
import { interruptSignal } from '../display/interrupt.js';
import { duration } from '../display/amounts.js';
import { ArgumentError, InterruptedError, RoarbookError } from '../errors.js';
import { Laboratory } from './laboratory.js';
import type { Store } from './store.js';
import type { Task } from './task.js';
import type { ListedTask, TaskList } from './tasks.js';

export interface RunOptions {
  /** Names results as on every machine, see `StoreOptions`; default false. */
  shared?: boolean;
  /** Computes what does not need a task that failed; default false: the first failure ends the run. */
  keepGoing?: boolean;
}

/** Milliseconds between two looks at what other processes are computing. */
const lookAgain = 2000;

/**
 * Computes tasks and what they need. Several processes on one store share the work: what another one is computing is
 * left to it.
 *
 * @param keys - Beginnings of keys of the list; default all of them.
 * @throws {ArgumentError} If a key names no task of the list, or several.
 * @throws {InterruptedError} When the user stops; trainings go on from their last epoch.
 * @throws {RoarbookError} If tasks failed and the rest was computed all the same.
 */
export async function runTasks(
  list: TaskList,
  keys: readonly string[] = [],
  { shared = false, keepGoing = false }: RunOptions = {},
): Promise<void> {
  const wanted = keys.length === 0 ? list.tasks : keys.map((key) => find(list, key));
  const pending = new Map(withInputs(list, wanted).map((listed) => [listed.key, listed]));
  const store = await new Laboratory(list.profile, { shared }).store();
  const total = pending.size;
  const signal = interruptSignal();
  const failed = new Map<string, string>();
  while (pending.size > 0) {
    let progressed = false;
    for (const { key, task, inputs } of [...pending.values()]) {
      if (inputs.some((input) => pending.has(input))) continue;
      if (inputs.some((input) => failed.has(input))) {
        failed.set(key, `${task.label} (not begun: what it reads failed)`);
        pending.delete(key);
        continue;
      }
      if (signal.aborted)
        throw new InterruptedError(
          `run: stopped with ${pending.size} of ${total} tasks left; run it again to continue`,
        );
      const attempt = tried(store, task, { done: total - pending.size, total });
      const result = keepGoing ? await attempt.catch(failure(task)) : await attempt;
      if (result === false) continue;
      if (result === 'failed') failed.set(key, task.label);
      pending.delete(key);
      progressed = true;
    }
    if (!progressed) await sleep(lookAgain, undefined, { signal }).catch(() => {});
  }
  if (failed.size > 0)
    throw new RoarbookError(
      'RUN',
      `run: ${failed.size} of ${total} tasks failed: ${[...failed.values()].join('; ')}`,
    );
}

/** Computes a task unless another process does, and says so in one line. */
async function tried(
  store: Store,
  task: Task,
  { done, total }: { done: number; total: number },
): Promise<boolean> {
  const result = await store.resultUnlessBusy(task);
  if (!result) return false;
  const took = result.cached ? 'there' : duration(store.seconds(task) ?? 0);
  if (!result.cached) console.log(`[${done + 1}/${total}] ${task.label}: ${took}`);
  return true;
}

/** Says why a task failed; the user's Stop is no failure of it. */
function failure({ label }: Task): (error: unknown) => 'failed' {
  return (error) => {
    if (error instanceof InterruptedError) throw error;
    console.error(`${label}: ${error instanceof Error ? error.message : String(error)}`);
    return 'failed';
  };
}

function find({ tasks, profile }: TaskList, key: string): ListedTask {
  const [found, other] = tasks.filter((task) => task.key.startsWith(key));
  if (found && !other) return found;
  throw new ArgumentError(
    found
      ? `run: '${key}' must name one task, got several; write more digits`
      : `run: '${key}' must be the beginning of a key that \`roarbook plan --profile ${profile.name}\` lists, got none of them; keys change with options and code`,
  );
}

/** Some tasks and what they read that is not there, each after its inputs. */
function withInputs({ tasks, store }: TaskList, wanted: readonly ListedTask[]): ListedTask[] {
  const needed = new Set(wanted.map(({ key }) => key));
  // From the end, since every task stands after those that it reads.
  for (const { key, task, inputs } of [...tasks].reverse())
    if (needed.has(key) && !store.has(task)) for (const input of inputs) needed.add(input);
  return tasks.filter(({ key }) => needed.has(key));
}
