import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { counted, duration, size } from '../display/amounts.js';
import { plan } from '../experiments/plan.js';
import type { Plan, PlannedTask } from '../experiments/plan.js';
import { listTasks } from '../experiments/tasks.js';
import { oneOf, parse } from './arguments.js';
import type { Command } from './arguments.js';
import { choice, chosen } from './choice.js';

const command: Command = {
  name: 'plan',
  usage: '[--profile quick] [--section NAME …] [--rate TFLOPS] [--format text|json]',
  purpose:
    'Lists the tasks of sections, what is computed already, and what the rest takes on this device, which is timed for a\nfew seconds the first time. Nothing is computed.',
  options: {
    ...choice,
    rate: { value: 'TFLOPS', help: 'time on a device that sustains so many TFLOP/s, in place of this one' },
    format: { value: 'text|json', help: 'default text; json has memory and gpu of each task' },
  },
};

/** TFLOP/s that the totals name: what a small network leaves of a GPU, and what a large one in bfloat16 may reach. */
const rates = [20, 150];
/** Operations from which a GPU's rate decides, and not what starts up. */
const large = 1e15;

/** `roarbook plan`. @throws {ArgumentError} If an option is unknown or out of range. */
export async function planCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const format = oneOf('plan', 'format', given.text('format') ?? 'text', ['text', 'json'] as const);
  const { profile, sections } = chosen('plan', given);
  const rate = given.text('rate');
  const made = await plan(await listTasks(profile, sections), {
    rate: rate === undefined ? rate : Number(rate),
  });
  if (format === 'text') console.log(asText(made));
  else await pipeline(Readable.from(jsonLines(made)), process.stdout, { end: false });
  return 0;
}

/** One line for each task: as one text, the JSON of a cluster's list would take hundreds of megabytes. */
function* jsonLines({ tasks, ...head }: Plan): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"tasks":[`;
  let separator = '\n';
  for (const task of tasks) {
    yield `${separator}${JSON.stringify(task)}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

function asText({ profile, device, tasks, store, notes }: Plan): string {
  const lines = tasks.map(({ key, cached, seconds, bytes, label }) =>
    [
      key.slice(0, 12),
      (cached ? 'there' : duration(seconds)).padStart(9),
      size(bytes).padStart(8),
      label,
    ].join('  '),
  );
  const head = ['task', 'time'.padStart(17), 'disk'.padStart(8), 'what'].join('  ');
  return [
    head,
    ...lines,
    '',
    ...kinds(tasks),
    '',
    ...totals(tasks),
    `Profile ${profile}, on ${device}; store ${store}.`,
    ...notes,
  ].join('\n');
}

/** One line for each kind of task. */
function kinds(tasks: readonly PlannedTask[]): string[] {
  const names = [...new Set(tasks.map(({ kind }) => kind))];
  return names.map((kind) => {
    const own = tasks.filter((task) => task.kind === kind);
    const { left, seconds, bytes } = sums(own);
    return `${kind.padEnd(10)} ${counted(own.length, 'task').padStart(11)}, ${left} to compute: ${duration(seconds)}, ${size(bytes)}`;
  });
}

function totals(tasks: readonly PlannedTask[]): string[] {
  const { left, seconds, bytes, operations } = sums(tasks);
  const memory = Math.max(0, ...tasks.map((task) => task.memory));
  return [
    `${counted(tasks.length, 'task')}, ${tasks.length - left} there, ${left} to compute: about ${duration(seconds)} one after the other, ` +
      `${size(bytes)} of disk, ${size(memory * 2 ** 20)} of memory.`,
    ...(operations < large
      ? []
      : [
          `That is ${operations.toPrecision(2)} floating-point operations: ${rates.map((rate) => `${duration(operations / rate / 1e12)} at ${rate} TFLOP/s`).join(', ')}; another rate with --rate.`,
        ]),
  ];
}

function sums(tasks: readonly PlannedTask[]): Record<'left' | 'seconds' | 'bytes' | 'operations', number> {
  const missing = tasks.filter(({ cached }) => !cached);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    left: missing.length,
    seconds: sum(missing.map(({ seconds }) => seconds)),
    bytes: sum(missing.map(({ bytes }) => bytes)),
    operations: sum(missing.map(({ operations }) => operations)),
  };
}
