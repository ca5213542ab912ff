import { counted, duration, size } from '../display/amounts.js';
import { status } from '../experiments/status.js';
import { listTasks } from '../experiments/tasks.js';
import { oneOf, parse } from './arguments.js';
import type { Command } from './arguments.js';
import { choice, chosen } from './choice.js';

const command: Command = {
  name: 'status',
  usage: '[--profile quick] [--section NAME …] [--format text|json]',
  purpose:
    'Says of each section how many tasks are computed, which are running, by whom, and what the store takes.',
  options: { ...choice, format: { value: 'text|json', help: 'default text' } },
};

/** `roarbook status`. @throws {ArgumentError} If an option is unknown or out of range. */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const format = oneOf('status', 'format', given.text('format') ?? 'text', ['text', 'json'] as const);
  const { profile, sections } = chosen('status', given);
  const found = status(await listTasks(profile, sections));
  if (format === 'json') {
    console.log(JSON.stringify(found, null, 1));
    return 0;
  }
  for (const { section, tasks, done, seconds } of found.sections)
    console.log(`${section.padEnd(10)} ${done} of ${counted(tasks, 'task')}, ${duration(seconds)} of work`);
  for (const { label, by } of found.running) console.log(`running     ${label}, by ${by}`);
  for (const label of found.stopped) console.log(`stopped     ${label}; it goes on from its last epoch`);
  console.log(`store       ${found.store}, ${size(found.bytes)}`);
  for (const note of found.notes) console.log(note);
  return 0;
}
