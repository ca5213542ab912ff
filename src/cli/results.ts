import { ArgumentError } from '../errors.js';
import { exportResults, mergeResults } from '../experiments/exchange.js';
import { arrowStream } from '../experiments/arrow.js';
import { records } from '../experiments/records.js';
import type { Measured } from '../experiments/records.js';
import { listTasks } from '../experiments/tasks.js';
import { tableOf } from '../tables/table.js';
import { oneOf, parse } from './arguments.js';
import type { Command } from './arguments.js';
import { choice, chosen } from './choice.js';

const command: Command = {
  name: 'results',
  usage: '[--profile quick] [--section NAME …] [--format csv|json|arrow]',
  purpose:
    'Prints every number that is computed, one row each. --export writes results into one small file (numbers and a few\nmaps, no weights), --merge takes such files of other machines into the store: a sweep can run row by row.',
  options: {
    ...choice,
    format: { value: 'csv|json|arrow', help: 'default csv; arrow is an Arrow IPC stream' },
    export: { value: 'FILE', help: 'writes the results into a file instead' },
    merge: { value: 'FILE', help: 'takes results of another machine first; may be repeated', multiple: true },
  },
};

/** `roarbook results`. @throws {ArgumentError} If an option is wrong. @throws {DataError} If a file to merge is damaged. */
export async function resultsCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const format = oneOf('results', 'format', given.text('format') ?? 'csv', ['csv', 'json', 'arrow'] as const);
  const { profile, sections } = chosen('results', given);
  const list = await listTasks(profile, sections);
  for (const file of given.all('merge')) {
    const { added, known } = mergeResults(list.store.folder, file);
    console.error(`${file}: ${added} results added, ${known} known already`);
  }
  const target = given.text('export');
  if (target !== undefined) {
    const { count, missing } = exportResults(list, target);
    console.error(`${target}: ${count} results; ${missing} are not computed yet`);
    return 0;
  }
  await write(await records(list), format);
  return 0;
}

async function write(rows: readonly Measured[], format: 'csv' | 'json' | 'arrow'): Promise<void> {
  if (format === 'json') return void console.log(JSON.stringify(rows, null, 1));
  if (rows.length === 0)
    throw new ArgumentError('results: there must be results, got none; compute some with `roarbook run`');
  if (format === 'arrow') return void process.stdout.write(await arrowStream(rows));
  const table = tableOf(rows.map((row) => ({ ...row })));
  process.stdout.write(`${table.toCSV().trimEnd()}\n`);
}
