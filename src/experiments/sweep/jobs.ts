import { createHash } from 'node:crypto';
import { ArgumentError } from '../../errors.js';
import type { PlannedTask } from '../plan.js';

/** Tasks that a cluster engine starts together, on one allocation. */
export interface Job {
  /** Names it among the jobs of one sweep: a hash of its tasks' keys. */
  readonly name: string;
  /** Of all its tasks. */
  readonly kind: string;
  /** What a reader sees: the first task, and how many more. */
  readonly label: string;
  /** Its tasks' keys, in the order of the list; none reads another's result. */
  readonly tasks: readonly string[];
  /** Jobs that must have ended before. */
  readonly needs: readonly string[];
  /** Processes that share its tasks. */
  readonly processes: number;
  /** Of the whole job. */
  readonly seconds: number;
  /** Of the longest chain of jobs that begins with this one: those with the most must start first. */
  readonly urgency: number;
  /** MiB of main memory. */
  readonly memory: number;
  readonly gpu: 0 | 1;
}

export interface JobOptions {
  /** Tasks shorter than this share a job until it is as long; default 600 seconds. */
  jobSeconds?: number;
  /** Jobs at most; they become longer instead. Default 5000. */
  limit?: number;
  /** Tasks that compute side by side on one GPU; default 1. */
  tasksPerGpu?: number;
}

/** Digits of a job's name: no two jobs of a sweep have the same. */
const nameDigits = 16;

/**
 * Packs the tasks of a plan that are not computed into jobs.
 *
 * Tasks of one job are of one kind, and as many steps away from the first tasks: no two jobs wait for each other.
 *
 * @throws {ArgumentError} If an option is out of range.
 */
export function jobsOf(
  tasks: readonly PlannedTask[],
  { jobSeconds = 600, limit = 5000, tasksPerGpu = 1 }: JobOptions = {},
): Job[] {
  if (!(jobSeconds > 0)) throw new ArgumentError(`jobsOf: jobSeconds must be positive, got ${jobSeconds}`);
  for (const [name, value] of Object.entries({ limit, tasksPerGpu }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ArgumentError(`jobsOf: ${name} must be a positive integer, got ${value}`);
  const missing = tasks.filter(({ cached }) => !cached);
  const stages = byStage(missing);
  if (stages.length > limit)
    throw new ArgumentError(`jobsOf: limit must be at least ${stages.length} for these tasks, got ${limit}`);
  let packs: Pack[];
  for (let seconds = jobSeconds; ; seconds *= 2) {
    packs = stages.flatMap((stage) => packed(stage, { seconds, tasksPerGpu }));
    if (packs.length <= limit) return connected(packs);
  }
}

/** Missing tasks of one kind and depth. */
function byStage(tasks: readonly PlannedTask[]): PlannedTask[][] {
  const depths = new Map<string, number>();
  const stages = new Map<string, PlannedTask[]>();
  for (const task of tasks) {
    const depth = Math.max(0, ...task.inputs.map((input) => (depths.get(input) ?? -1) + 1));
    depths.set(task.key, depth);
    const name = `${depth} ${task.kind}`;
    const stage = stages.get(name);
    if (stage) stage.push(task);
    else stages.set(name, [task]);
  }
  return [...stages.values()];
}

interface Pack {
  readonly tasks: PlannedTask[];
  readonly processes: number;
  seconds: number;
}

/** In the order of the list, where tasks that read the same results stand together. */
function packed(
  stage: readonly PlannedTask[],
  { seconds, tasksPerGpu }: { seconds: number; tasksPerGpu: number },
): Pack[] {
  const packs: Pack[] = [];
  for (const task of stage) {
    const processes = task.gpu === 1 ? tasksPerGpu : 1;
    const last = packs.at(-1);
    const fits =
      last && (last.seconds + task.seconds / processes <= seconds || last.tasks.length < processes);
    if (fits) {
      last.tasks.push(task);
      last.seconds += task.seconds / processes;
    } else packs.push({ tasks: [task], processes, seconds: task.seconds / processes });
  }
  return packs;
}

function connected(packs: readonly Pack[]): Job[] {
  const names = packs.map(({ tasks }) => nameOf(tasks));
  const jobOfTask = new Map(
    packs.flatMap(({ tasks }, index) => tasks.map(({ key }) => [key, index] as const)),
  );
  const needs = packs.map(({ tasks }) => [
    ...new Set(tasks.flatMap(({ inputs }) => inputs.flatMap((input) => jobOfTask.get(input) ?? []))),
  ]);
  const seconds = packs.map(({ tasks, seconds }) => Math.max(seconds, ...tasks.map((task) => task.seconds)));
  const urgency = chains(needs, seconds);
  return packs.map(({ tasks, processes }, index): Job => {
    const [first] = tasks;
    const more = tasks.length > 1 ? ` and ${tasks.length - 1} more` : '';
    const side = Math.min(processes, tasks.length);
    return {
      name: names[index] ?? '',
      ...{ kind: first?.kind ?? '', label: `${first?.label ?? ''}${more}` },
      tasks: tasks.map(({ key }) => key),
      needs: (needs[index] ?? []).map((need) => names[need] ?? ''),
      processes: side,
      ...{ seconds: seconds[index] ?? 0, urgency: urgency[index] ?? 0 },
      memory: side * Math.max(...tasks.map(({ memory }) => memory)),
      gpu: tasks.some(({ gpu }) => gpu === 1) ? 1 : 0,
    };
  });
}

function nameOf(tasks: readonly PlannedTask[]): string {
  const hash = createHash('sha256');
  for (const { key } of tasks) hash.update(key);
  return hash.digest('hex').slice(0, nameDigits);
}

/** Of each job the seconds of the longest chain that begins with it. A job may stand before what it needs. */
function chains(needs: readonly (readonly number[])[], seconds: readonly number[]): number[] {
  const readers: number[][] = needs.map(() => []);
  const open = readers.map(() => 0);
  needs.forEach((list, reader) => list.forEach((need) => readers[need]?.push(reader)));
  readers.forEach((list, index) => (open[index] = list.length));
  const longest = [...seconds];
  const ready = open.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let index = ready.pop(); index !== undefined; index = ready.pop())
    for (const need of needs[index] ?? []) {
      longest[need] = Math.max(longest[need] ?? 0, (seconds[need] ?? 0) + (longest[index] ?? 0));
      const left = (open[need] ?? 0) - 1;
      open[need] = left;
      if (left === 0) ready.push(need);
    }
  return longest;
}
