import { ArgumentError } from '../errors.js';
import { conduct, executors } from '../experiments/sweep/conduct.js';
import { SweepFolder } from '../experiments/sweep/folder.js';
import { commandLine, report, summary } from '../experiments/sweep/report.js';
import { sweepState } from '../experiments/sweep/state.js';
import { listTasks } from '../experiments/tasks.js';
import { oneOf, parse } from './arguments.js';
import type { Command, Given } from './arguments.js';
import { choice, chosen, repeated } from './choice.js';

const command: Command = {
  name: 'sweep',
  usage: '[--executor local] [--jobs N] [--profile quick] [--section NAME …] [-- SNAKEMAKE OPTIONS]',
  purpose:
    'Computes the tasks of sections with Snakemake: in several processes here, or on a cluster. Run again, it continues\nwith what is missing. Needs `npm run setup -- --with-cluster`; cluster/README.md leads through Slurm and Kubernetes.',
  options: {
    executor: { value: executors.join('|'), help: 'which engine computes; default local' },
    jobs: { value: 'N', help: 'jobs at a time; default 1' },
    'tasks-per-gpu': { value: 'N', help: 'tasks that share one GPU; default 1' },
    'job-seconds': { value: 'N', help: 'shorter tasks share a job until it is as long; default 600' },
    'max-jobs': { value: 'N', help: 'jobs at most; they become longer instead; default 5000' },
    plan: {
      value: 'FILE',
      help: 'what `roarbook plan --format json` printed on a node; default for this machine',
    },
    storage: { value: 'URL', help: 'object storage for nodes that share no store: s3://bucket/prefix' },
    status: { help: 'say where the sweep stands, and compute nothing' },
    ...choice,
  },
  words: true,
};

/** `roarbook sweep`; not 0 if something is not computed. @throws {ArgumentError} If an option is unknown or out of range. */
export async function sweepCommand(args: readonly string[]): Promise<number> {
  const given = parse(command, args);
  if (!given) return 0;
  const { profile, sections } = chosen('sweep', given);
  const list = await listTasks(profile, sections);
  if (list.notes.length > 0) console.log(list.notes.join('\n'));
  const folder = new SweepFolder(list);
  if (!given.has('status')) {
    console.log(`The engine's log: ${folder.log}`);
    await conduct(list, repeated(given), {
      executor: oneOf('sweep', 'executor', given.text('executor') ?? 'local', executors),
      ...count(given, 'jobs', 'jobs'),
      ...count(given, 'tasks-per-gpu', 'tasksPerGpu'),
      ...count(given, 'job-seconds', 'jobSeconds'),
      ...count(given, 'max-jobs', 'limit'),
      ...text(given, 'plan'),
      ...text(given, 'storage'),
      snakemake: given.words,
    });
  }
  const state = sweepState(folder, list.store.folder);
  if (!state)
    throw new ArgumentError('sweep: a sweep must have begun for --status, got none with these options');
  const again = commandLine(['sweep', ...args.filter((word) => word !== '--status')]);
  console.log(state.active ? summary(state) : report(state, { command: again, folder }));
  return state.done === state.jobs ? 0 : 1;
}

function count<Name extends string>(given: Given, option: string, name: Name): { [name in Name]?: number } {
  const text = given.text(option);
  const options: { [name in Name]?: number } = {};
  if (text !== undefined) options[name] = Number(text);
  return options;
}

function text<Name extends string>(given: Given, name: Name): { [name in Name]?: string } {
  const value = given.text(name);
  const options: { [name in Name]?: string } = {};
  if (value !== undefined) options[name] = value;
  return options;
}
