import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { holder } from '../lock.js';
import type { TaskList } from '../tasks.js';
import type { Job } from './jobs.js';

/** What `cluster/Snakefile` reads. */
export interface SweepFile {
  readonly jobs: readonly (Job & {
    /** That an engine grants the job at first: three times what it is expected to take, and its start. */
    readonly minutes: number;
  })[];
  readonly store: string;
  /** Where results travel between nodes without a shared store: 's3://bucket/prefix'. */
  readonly storage?: string;
  /** That one operation uses on the CPU. */
  readonly threads: number;
  /** Starts Roarbook's command line. */
  readonly command: readonly string[];
  /** Choose the tasks: ['--profile', 'smoke', …]. */
  readonly options: readonly string[];
}

/** Where a sweep over a list of tasks keeps its jobs, their logs and what the engine writes. */
export class SweepFolder {
  readonly path: string;

  constructor({ profile, tasks, store }: TaskList) {
    const hash = createHash('sha256').update(JSON.stringify(profile));
    for (const { key } of tasks) hash.update(key);
    const name = `${profile.name}-${hash.digest('hex').slice(0, 8)}`;
    this.path = path.join(store.folder, 'sweeps', name);
  }

  get lock(): string {
    return path.join(this.path, 'lock');
  }

  /** What the engine says. */
  get log(): string {
    return path.join(this.path, 'snakemake.log');
  }

  /** What a conductor that a notebook started says. */
  get conductorLog(): string {
    return path.join(this.path, 'conductor.log');
  }

  get sweepFile(): string {
    return path.join(this.path, 'sweep.json');
  }

  /** Whether its jobs are being conducted, by which process. */
  get conductor(): string | undefined {
    return holder(this.lock);
  }

  /** The jobs of the sweep under way or of the last one; undefined before the first, and while they are planned. */
  sweep(): SweepFile | undefined {
    return existsSync(this.sweepFile)
      ? (JSON.parse(readFileSync(this.sweepFile, 'utf8')) as SweepFile)
      : undefined;
  }

  done({ kind, name }: Job): string {
    return path.join(this.path, 'done', kind, name);
  }

  jobLog({ name }: Job): string {
    return path.join(this.path, 'logs', `${name}.log`);
  }
}
