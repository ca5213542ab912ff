// How far the paper profile's sweep scales: its jobs on 1 to 512 GPUs, in simulation. Writes bench/results/sweep.json.
//
//     node --import tsx bench/sweep.ts [SEEDS] [HOURS]
//
// Task times are those that `roarbook plan` calibrates on this machine, all multiplied so that one seed takes HOURS GPU-hours
// (default 95, the paper notes' figure for 20 TFLOP/s); SEEDS default 5.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Plan } from '../src/experiments/plan.js';
import { jobsOf } from '../src/experiments/sweep/jobs.js';
import type { Job } from '../src/experiments/sweep/jobs.js';

/** Seconds that a job costs beside its tasks: Slurm's and Snakemake's start, measured, and the wait for a status check. */
const overhead = { start: 4, noticed: 20 };

const project = path.resolve(import.meta.dirname, '..');
const [seeds = 5, hours = 95] = process.argv.slice(2).map(Number);

function planned(count: number): Plan {
  const args = [
    path.join(project, 'dist', 'cli.js'),
    'plan',
    '--profile',
    'paper',
    '--seeds',
    String(count),
    '--format',
    'json',
  ];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 30 })) as Plan;
}

/** Each worker takes the most urgent job that is ready. */
function simulate(jobs: readonly Job[], workers: number) {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const open = new Map(jobs.map((job) => [job.name, job.needs.length]));
  const readers = new Map<string, Job[]>();
  for (const job of jobs)
    for (const need of job.needs) readers.set(need, [...(readers.get(need) ?? []), job]);
  const ready = jobs.filter(({ needs }) => needs.length === 0);
  const running: { name: string; free: number; seen: number }[] = [];
  let [now, busy, most] = [0, 0, 0];
  let idle = workers;
  while (ready.length > 0 || running.length > 0) {
    ready.sort((a, b) => a.urgency - b.urgency);
    for (; idle > 0 && ready.length > 0; idle--) {
      const job = ready.pop();
      if (!job) break;
      const free = now + overhead.start + job.seconds;
      running.push({ name: job.name, free, seen: free + overhead.noticed });
      busy += job.seconds;
    }
    most = Math.max(most, running.length);
    running.sort((a, b) => b.seen - a.seen);
    const ended = running.pop();
    if (!ended) break;
    now = ended.seen;
    idle++;
    for (const reader of readers.get(ended.name) ?? []) {
      const left = (open.get(reader.name) ?? 0) - 1;
      open.set(reader.name, left);
      const job = byName.get(reader.name);
      if (left === 0 && job) ready.push(job);
    }
  }
  return { makespanHours: now / 3600, utilisation: busy / (now * workers), atOnce: most };
}

const one = planned(1);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const factor = (hours * 3600) / sum(one.tasks.map(({ seconds }) => seconds));
const { tasks } = planned(seeds);
const scaled = tasks.map((task) => ({
  ...task,
  cached: false,
  gpu: 1 as const,
  seconds: task.seconds * factor,
}));
const bytesOf = new Map(scaled.map(({ key, bytes }) => [key, bytes]));
const traffic = sum(
  scaled.map(({ bytes, inputs }) => bytes + sum(inputs.map((input) => bytesOf.get(input) ?? 0))),
);

const rows = [600, 3600].flatMap((jobSeconds) => {
  const jobs = jobsOf(scaled, { jobSeconds });
  return [1, 8, 64, 512].map((gpus) => ({ jobSeconds, jobs: jobs.length, gpus, ...simulate(jobs, gpus) }));
});
const kinds = [...new Set(scaled.map(({ kind }) => kind))].map((kind) => {
  const own = scaled.filter((task) => task.kind === kind).map(({ seconds }) => seconds);
  return { kind, tasks: own.length, hours: sum(own) / 3600, longestHours: Math.max(...own) / 3600 };
});
const result = {
  command: `node --import tsx bench/sweep.ts ${seeds} ${hours}`,
  ...{ seeds, tasks: tasks.length, factor, overhead },
  gpuHours: sum(scaled.map(({ seconds }) => seconds)) / 3600,
  criticalPathHours: Math.max(...jobsOf(scaled).map(({ urgency }) => urgency)) / 3600,
  storageGigabytes: traffic / 1e9,
  kinds,
  rows,
};
writeFileSync(path.join(project, 'bench', 'results', 'sweep.json'), `${JSON.stringify(result, null, 2)}\n`);
console.table(kinds);
console.table(rows);
console.log(
  `critical path ${result.criticalPathHours.toFixed(1)} h, storage traffic ${result.storageGigabytes.toFixed(1)} GB`,
);
