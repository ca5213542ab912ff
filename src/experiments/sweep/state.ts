import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { holder } from '../lock.js';
import type { SweepFolder } from './folder.js';
import type { Job } from './jobs.js';

/** A job that computes now. */
export interface RunningJob {
  /** What it computes: its first task, and how many more. */
  readonly label: string;
  /** 'process 123 on node7'. */
  readonly by: string;
  /** The last line of its log: how far it is, its rate and the time left. */
  readonly progress: string;
}

/** A job that began and ended without its results. */
export interface FailedJob {
  /** What it was to compute: its first task, and how many more. */
  readonly label: string;
  /** The last lines of its log. */
  readonly lines: readonly string[];
  /** The path of its log. */
  readonly log: string;
}

/** Where a sweep stands. */
export interface SweepState {
  /** False once the engine has ended. */
  readonly active: boolean;
  /** How many there are in all. */
  readonly jobs: number;
  /** How many have their results. */
  readonly done: number;
  /** Those that compute now. */
  readonly running: readonly RunningJob[];
  /** Those that ended without their results; none while the engine is active, which may start them again. */
  readonly failed: readonly FailedJob[];
  /** Of the jobs that are not done, as they were estimated. */
  readonly secondsLeft: number;
}

/** Lines of a failed job's log that a reader is shown. */
const shownLines = 5;
/** Bytes at a log's end that are read. */
const tail = 4096;

/** Where a sweep stands, from its files; undefined while its jobs are planned. */
export function sweepState(folder: SweepFolder, store: string): SweepState | undefined {
  const active = folder.conductor !== undefined;
  const sweep = folder.sweep();
  if (!sweep) return undefined;
  const open = sweep.jobs.filter((job) => !existsSync(folder.done(job)));
  const running: RunningJob[] = [];
  const failed: FailedJob[] = [];
  for (const job of open) {
    const log = folder.jobLog(job);
    if (!existsSync(log)) continue;
    const by = worker(job, store);
    const lines = lastLines(log);
    if (by !== undefined) running.push({ label: job.label, by, progress: lines.at(-1) ?? '' });
    // While the engine lives, it may start the job again.
    else if (!active) failed.push({ label: job.label, lines, log });
  }
  return {
    ...{ active, jobs: sweep.jobs.length, done: sweep.jobs.length - open.length, running, failed },
    secondsLeft: open.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Who computes one of a job's tasks. */
function worker({ tasks }: Job, store: string): string | undefined {
  for (const key of tasks) {
    const by = holder(path.join(store, 'locks', key));
    if (by !== undefined) return by;
  }
  return undefined;
}

/** Of a log, without empty ones. */
export function lastLines(file: string): string[] {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(tail, size));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-shownLines);
  } finally {
    closeSync(descriptor);
  }
}
