import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { display } from '../../display/display.js';
import { interruptSignal } from '../../display/interrupt.js';
import { InterruptedError, RoarbookError, checkOptions } from '../../errors.js';
import { packageFolder } from '../python.js';
import type { ProfileName } from '../profile.js';
import { profile } from '../profiles.js';
import type { ProfileChanges } from '../profiles.js';
import { sectionNames } from '../sections/index.js';
import type { SectionName } from '../sections/index.js';
import { listTasks } from '../tasks.js';
import { checkEngine } from './conduct.js';
import type { EngineOptions } from './conduct.js';
import { SweepFolder } from './folder.js';
import { commandLine, report, stateTable, summary } from './report.js';
import { sweepState } from './state.js';
import type { SweepState } from './state.js';

/** What is computed, and on which engine. */
export interface SweepOptions extends EngineOptions {
  /** Default 'quick'. */
  profile?: ProfileName;
  /** What differs from the profile, as in `profile(name, changes)`. */
  changes?: ProfileChanges;
  /** Default all. */
  sections?: readonly SectionName[];
  /** The folder with CIFAR-10's binary batches, as every node sees it. */
  data?: string;
}

/** Milliseconds between two looks. */
const interval = 1000;

/**
 * Computes the tasks of sections on a cluster, or in several processes on this machine, and shows how far they are.
 *
 * The sweep goes on by itself: stopping the cell or closing the notebook ends only the display, and the same call shows
 * it again. Its results are those that `section` reads.
 *
 * @returns How it ended, or where it stood when the cell was stopped.
 * @throws {ArgumentError} If an option is unknown or out of range.
 * @throws {InterruptedError} When the user stops while the jobs are planned.
 */
export async function sweep(options: SweepOptions = {}): Promise<SweepState> {
  checkOptions('sweep', options);
  const { profile: name = 'quick', changes = {}, sections = sectionNames, data, ...engine } = options;
  checkEngine(engine);
  if (data !== undefined) process.env.ROARBOOK_DATA = path.resolve(data);
  const list = await listTasks(profile(name, changes), sections);
  const folder = new SweepFolder(list);
  const args = ['sweep', ...choiceOf(name, changes, sections, data), ...engineArguments(engine)];
  if (folder.conductor === undefined) await start(folder, args);
  return watch(folder, { store: list.store.folder, command: commandLine(args) });
}

function choiceOf(
  name: ProfileName,
  changes: ProfileChanges,
  sections: readonly SectionName[],
  data: string | undefined,
): string[] {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return [
    `--profile=${name}`,
    ...sections.map((section) => `--section=${section}`),
    ...given.map(([option, value]) => `--set=${option}=${JSON.stringify(value)}`),
    ...(data === undefined ? [] : [`--data=${path.resolve(data)}`]),
  ];
}

/** The options of `roarbook sweep` that stand for these. */
export function engineArguments({
  executor,
  jobs,
  jobSeconds,
  tasksPerGpu,
  limit,
  plan,
  storage,
  snakemake = [],
}: EngineOptions): string[] {
  const named = {
    executor,
    jobs,
    'job-seconds': jobSeconds,
    'tasks-per-gpu': tasksPerGpu,
    'max-jobs': limit,
    plan,
    storage,
  };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return [
    ...given.map(([option, value]) => `--${option}=${value}`),
    ...(snakemake.length > 0 ? ['--', ...snakemake] : []),
  ];
}

/** A process of its own, which lives on when this one ends. */
async function start(folder: SweepFolder, args: readonly string[]): Promise<void> {
  mkdirSync(folder.path, { recursive: true });
  // What the last sweep left is not this one's state.
  rmSync(folder.sweepFile, { force: true });
  const log = openSync(folder.conductorLog, 'w');
  const child = spawn(process.execPath, [path.join(packageFolder, 'dist', 'cli.js'), ...args], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  let ended = false;
  child.once('exit', () => (ended = true));
  while (folder.conductor === undefined && !ended) await sleep(50);
}

async function watch(
  folder: SweepFolder,
  { store, command }: { store: string; command: string },
): Promise<SweepState> {
  const signal = interruptSignal();
  const shown = display.html('<div>planning …</div>');
  for (;;) {
    const state = sweepState(folder, store);
    if (!state && folder.conductor === undefined)
      throw new RoarbookError('SWEEP', readFileSync(folder.conductorLog, 'utf8').trim());
    if (state) shown.update(stateTable(state));
    else if (signal.aborted)
      throw new InterruptedError(
        'sweep: stopped while it is planned; it goes on, run the cell again to see it',
      );
    if (state && (!state.active || signal.aborted)) {
      if (!state.active) console.log(report(state, { command, folder }));
      else console.log(`The sweep goes on: ${summary(state)}. Run the cell again to see it.`);
      return state;
    }
    await sleep(interval, undefined, { signal }).catch(() => {});
  }
}
