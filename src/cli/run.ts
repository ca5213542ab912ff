import { runTasks } from '../experiments/run.js';
import { listTasks } from '../experiments/tasks.js';
import { parse } from './arguments.js';
import type { Command } from './arguments.js';
import { choice, chosen } from './choice.js';

const command: Command = {
  name: 'run',
  usage: '[KEY …] [--profile quick] [--section NAME …]',
  purpose:
    'Computes the tasks of sections, or those whose keys begin so (see `roarbook plan`), and what they need. A result\nthat is there is not computed again, and a stopped or killed run goes on at its last epoch. Several processes on one\nstore share the work.',
  options: choice,
  words: true,
};

/** `roarbook run`. @throws {ArgumentError} If an option is unknown or out of range, or a key names no task. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const { profile, sections } = chosen('run', given);
  const list = await listTasks(profile, sections);
  if (list.notes.length > 0) console.log(list.notes.join('\n'));
  await runTasks(list, given.words);
  console.log(`Everything is computed; results in ${list.store.folder}.`);
  return 0;
}
