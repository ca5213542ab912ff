import { fork } from 'node:child_process';
import { once } from 'node:events';
import { ArgumentError, RoarbookError } from '../errors.js';
import { runTasks } from '../experiments/run.js';
import { listTasks } from '../experiments/tasks.js';
import { parse } from './arguments.js';
import type { Command, Given } from './arguments.js';
import { choice, chosen, repeated } from './choice.js';

const command: Command = {
  name: 'run',
  usage: '[KEY …] [--profile quick] [--section NAME …]',
  purpose:
    'Computes the tasks of sections, or those whose keys begin so (see `roarbook plan`), and what they need. A result\nthat is there is not computed again, and a stopped or killed run goes on at its last epoch. Several processes on one\nstore share the work.',
  options: {
    ...choice,
    shared: { help: 'name results as on every machine, so that unlike devices share a store' },
    'keep-going': { help: 'after a failure compute what does not need its result' },
    processes: { value: 'N', help: 'processes that share the tasks; default 1' },
  },
  words: true,
};

/** `roarbook run`. @throws {ArgumentError} If an option is unknown or out of range, or a key names no task. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const { profile, sections } = chosen('run', given);
  const list = await listTasks(profile, sections);
  if (list.notes.length > 0) console.log(list.notes.join('\n'));
  await Promise.all([
    helpers(given),
    runTasks(list, given.words, { shared: given.has('shared'), keepGoing: given.has('keep-going') }),
  ]);
  console.log(`Everything is computed; results in ${list.store.folder}.`);
  return 0;
}

/** Starts the processes that share the tasks with this one; resolves when they have ended. */
async function helpers(given: Given): Promise<void> {
  const text = given.text('processes') ?? '1';
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new ArgumentError(`run: --processes must be a positive integer, got '${text}'`);
  const args = [
    'run',
    ...given.words,
    ...repeated(given),
    ...['shared', 'keep-going'].filter((name) => given.has(name)).map((name) => `--${name}`),
  ];
  const started = Array.from({ length: count - 1 }, () => fork(process.argv[1] ?? '', args));
  for (const [code] of await Promise.all(started.map((child) => once(child, 'exit'))))
    if (code !== 0) throw new RoarbookError('RUN', 'run: a process that shares the tasks failed; see above');
}
