import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { interruptSignal } from '../../display/interrupt.js';
import { ArgumentError } from '../../errors.js';
import { acquire } from '../lock.js';
import { plan } from '../plan.js';
import type { Plan, PlannedTask } from '../plan.js';
import { packageFolder } from '../python.js';
import type { TaskList } from '../tasks.js';
import { SweepFolder } from './folder.js';
import type { SweepFile } from './folder.js';
import { jobsOf } from './jobs.js';
import type { JobOptions } from './jobs.js';

export const executors = ['local', 'slurm', 'kubernetes'] as const;

export interface EngineOptions extends JobOptions {
  /** Which engine computes: this machine, or a cluster's. Default 'local'. */
  executor?: (typeof executors)[number];
  /** Jobs at a time; default 1. */
  jobs?: number;
  /**
   * What `roarbook plan --format json` printed on a node of the cluster: its times, memory, threads and GPU are asked for.
   * Default: those of this machine.
   */
  plan?: string;
  /**
   * Object storage through which results travel where nodes share no store, 's3://bucket/prefix'; they are copied into
   * this machine's store. Tasks that this store has already are computed again.
   */
  storage?: string;
  /** Further options of Snakemake: ['--default-resources', 'slurm_partition=gpu']. */
  snakemake?: readonly string[];
}

/** How often the engine starts a job again that failed, was killed or lost its node. */
const retries = 2;

/**
 * Plans what a list's tasks still need and has Snakemake compute it; resolves when the engine has ended.
 *
 * @param choice - Options of `roarbook run` that make the same list on every machine.
 * @throws {ArgumentError} If the set-up was run without --with-cluster, an option is out of range, or this sweep is under
 * way.
 */
export async function conduct(
  list: TaskList,
  choice: readonly string[],
  options: EngineOptions = {},
): Promise<void> {
  checkEngine(options);
  const { executor = 'local', jobs: side = 1, snakemake = [], plan: planFile, storage, ...packing } = options;
  const program = engine();
  const folder = new SweepFolder(list);
  mkdirSync(path.join(folder.path, 'logs'), { recursive: true });
  if (folder.conductor !== undefined)
    throw new ArgumentError(`sweep: no other process may conduct this sweep, got ${folder.conductor}`);
  const release = await acquire(folder.lock, 'sweep');
  try {
    endLeftovers(folder);
    rmSync(folder.sweepFile, { force: true });
    const sweep = sweepOf(await planned(list, planFile), {
      choice,
      packing,
      store: list.store.folder,
      storage,
    });
    for (const job of sweep.jobs)
      for (const file of [folder.done(job), folder.jobLog(job)]) rmSync(file, { force: true });
    writeFileSync(folder.sweepFile, JSON.stringify(sweep));
    if (sweep.jobs.length === 0) return;
    const where =
      executor === 'local'
        ? ['--cores', String(side * sweep.threads)]
        : ['--executor', executor, '--workflow-profile', path.join(packageFolder, 'cluster', executor)];
    await run(program, [...where, '--jobs', String(side), ...always, ...snakemake], folder);
  } finally {
    release();
  }
}

/** @throws {ArgumentError} If an option is out of range. */
export function checkEngine({ executor = 'local', jobs = 1 }: EngineOptions): void {
  if (!executors.includes(executor))
    throw new ArgumentError(`sweep: executor must be one of ${executors.join(', ')}, got '${executor}'`);
  if (!Number.isSafeInteger(jobs) || jobs < 1)
    throw new ArgumentError(`sweep: jobs must be a positive integer, got ${jobs}`);
}

const always: readonly string[] = [
  ...['--snakefile', path.join(packageFolder, 'cluster', 'Snakefile')],
  // One failure ends only what needs its result.
  ...['--keep-going', '--retries', String(retries)],
  // This sweep's own lock keeps others out, and ends with its process.
  ...['--nolock', '--rerun-incomplete', '--rerun-triggers', 'mtime'],
  ...['--scheduler', 'greedy', '--latency-wait', '60'],
];

function engine(): string {
  const program = path.join(packageFolder, '.venv', 'bin', 'snakemake');
  if (existsSync(program)) return program;
  throw new ArgumentError(`sweep: ${program} is missing; run \`npm run setup -- --with-cluster\``);
}

async function planned(list: TaskList, file: string | undefined): Promise<Plan> {
  if (file === undefined) return plan(list);
  const made = readPlan(file);
  const known = new Map(made.tasks.map((task) => [task.key, task]));
  const tasks = list.tasks.map(({ key, task }): PlannedTask => {
    const found = known.get(key);
    if (found) return { ...found, cached: list.store.has(task) };
    throw new ArgumentError(
      `sweep: ${file} must list the task '${task.label}', got none of its key; make it with the same options and code`,
    );
  });
  return { ...made, tasks };
}

function readPlan(file: string): Plan {
  let made: Partial<Plan>;
  try {
    made = JSON.parse(readFileSync(file, 'utf8')) as Partial<Plan>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(
      `sweep: --plan must be what \`roarbook plan --format json\` printed, got '${reason}'`,
      {
        cause,
      },
    );
  }
  if (Array.isArray(made.tasks) && Number.isSafeInteger(made.threads)) return made as Plan;
  throw new ArgumentError(
    `sweep: --plan must be what \`roarbook plan --format json\` printed, got something else`,
  );
}

interface Circumstances {
  readonly store: string;
  readonly storage: string | undefined;
  readonly choice: readonly string[];
  readonly packing: JobOptions;
}

function sweepOf({ tasks, threads }: Plan, { store, storage, choice, packing }: Circumstances): SweepFile {
  // What nodes share is the storage alone: there the engine looks for what is computed.
  const open = storage === undefined ? tasks : tasks.map((task) => ({ ...task, cached: false }));
  const minutes = (seconds: number) => Math.ceil(5 + (3 * seconds) / 60);
  return {
    jobs: jobsOf(open, packing).map((job) => ({ ...job, minutes: minutes(job.seconds) })),
    ...{ store, threads, options: choice, ...(storage !== undefined && { storage }) },
    command: [process.execPath, path.join(packageFolder, 'dist', 'cli.js')],
  };
}

/** Resolves when the engine has ended, however it did: what is computed tells. */
async function run(program: string, args: readonly string[], folder: SweepFolder): Promise<void> {
  const signal = interruptSignal();
  const log = openSync(folder.log, 'w');
  const child = spawn(program, ['--directory', folder.path, ...args], {
    stdio: ['ignore', log, log],
    // A Ctrl-C in the terminal reaches it once, from here: at the second one it would leave its jobs behind.
    detached: true,
  });
  closeSync(log);
  const stop = () => child.kill('SIGINT');
  signal.addEventListener('abort', stop);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
      if (child.pid !== undefined) writeFileSync(engineFile(folder), JSON.stringify({ pid: child.pid }));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    rmSync(engineFile(folder), { force: true });
  }
}

function engineFile(folder: SweepFolder): string {
  return path.join(folder.path, 'engine.json');
}

/** What a conductor that was killed left: its engine, and Slurm jobs that have not begun; what computes goes on. */
function endLeftovers(folder: SweepFolder): void {
  const file = engineFile(folder);
  if (!existsSync(file)) return;
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
  if (isEngine(pid, folder)) process.kill(pid, 'SIGKILL');
  rmSync(file);
  const name = existsSync(folder.log)
    ? /SLURM run ID: (\S+)/.exec(readFileSync(folder.log, 'utf8'))?.[1]
    : undefined;
  // Where there is no Slurm there is nothing to cancel.
  if (name !== undefined) spawnSync('scancel', ['--state=PENDING', `--name=${name}`]);
}

function isEngine(pid: number, folder: SweepFolder): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder.path);
  } catch {
    return false;
  }
}
