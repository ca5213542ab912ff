import { size } from '../display/amounts.js';
import { ArgumentError } from '../errors.js';
import { everything, olderThan, remove, resultsOf, unfinished } from '../experiments/clean.js';
import type { Removable } from '../experiments/clean.js';
import { listTasks } from '../experiments/tasks.js';
import { storeFolder } from '../experiments/storeFolder.js';
import { parse } from './arguments.js';
import type { Command, Given } from './arguments.js';
import { choice, chosen } from './choice.js';

const command: Command = {
  name: 'clean',
  usage: '--unfinished | --all | --section NAME … [--profile quick] [--older-than DAYS] [--yes]',
  purpose:
    'Lists what it would remove from the store, and removes it with --yes. What is removed is computed again when it is\nneeded. The tasks of a running process stay.',
  options: {
    unfinished: { help: 'checkpoints of stopped runs, and half-written results' },
    all: { help: 'every result of every profile, and what is unfinished' },
    ...choice,
    'older-than': { value: 'DAYS', help: 'only what is older; alone: of every profile' },
    yes: { help: 'remove it' },
  },
};

/** `roarbook clean`. @throws {ArgumentError} If nothing is chosen, or an option is wrong. */
export async function cleanCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const chosen = await choose(given);
  for (const { label, bytes } of chosen) console.log(`${size(bytes).padStart(8)}  ${label}`);
  const total = size(chosen.reduce((sum, { bytes }) => sum + bytes, 0));
  const what = `${chosen.length} ${chosen.length === 1 ? 'folder' : 'folders'}, ${total}, in ${storeFolder()}`;
  if (!given.has('yes')) {
    console.log(`${what}. Nothing was removed; with --yes it is.`);
    return 0;
  }
  remove(chosen);
  console.log(`Removed ${what}.`);
  return 0;
}

async function choose(given: Given): Promise<Removable[]> {
  const [age, store] = [given.text('older-than'), storeFolder()];
  const bySection = given.all('section').length > 0 || given.text('profile') !== undefined;
  const ways = [given.has('unfinished'), given.has('all'), bySection].filter(Boolean).length;
  if (ways > 1 || (ways === 0 && age === undefined)) {
    throw new ArgumentError(
      'clean: one of --unfinished, --all, --section or --older-than must say what to remove, ' +
        `got ${ways > 1 ? 'several' : 'none'}`,
    );
  }
  const all = given.has('unfinished')
    ? unfinished(store)
    : bySection
      ? await ofSections(given)
      : everything(store);
  return age === undefined ? all : olderThan(all, days(age));
}

async function ofSections(given: Given): Promise<Removable[]> {
  const { profile, sections } = chosen('clean', given);
  return resultsOf(await listTasks(profile, sections));
}

function days(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < Infinity) return value;
  throw new ArgumentError(`clean: --older-than must be a number of days, got '${text}'`);
}
