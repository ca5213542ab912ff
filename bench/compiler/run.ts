import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasBfloat16 } from '../../src/compiler/precision.js';
import { type Cell, grid, name, parseCells } from './cells.js';
import { mergeRows, readRows, rowsOf } from './results.js';
import { type Contestant, type Time, Worker } from './worker.js';

/*
 * Times Roarbook against stock tfjs and PyTorch, cell by cell of the grid in cells.ts, and merges each finished cell into
 * bench/results/compiler.json: it can be stopped at any time and goes on where it was. README.md says how to set it up.
 *
 *   npm run bench                                  the whole grid, hours
 *   npm run bench -- --minutes 4                   the next cells, for about 4 minutes
 *   npm run bench -- --cells 'train 64 64,pgd 64 64' --contestants 'roarbook float32,pytorch compile' --again
 */
const { values: options } = parseArgs({
  options: {
    cells: { type: 'string' },
    /** Stops before a cell that would begin after so many minutes. */
    minutes: { type: 'string', default: '1e9' },
    /** Most rounds of a cell, and seconds after which it needs no more than three. */
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '40' },
    contestants: { type: 'string' },
    /** A Python with PyTorch. */
    python: { type: 'string', default: fileURLToPath(new URL('../.venv/bin/python', import.meta.url)) },
    /** Measures cells anew that are in the results. */
    again: { type: 'boolean', default: false },
  },
});
const start = performance.now();
const here = fileURLToPath(new URL('.', import.meta.url));
const machine = `${cpus()[0]?.model.trim() ?? ''}, ${cpus().length} cores, ${hasBfloat16() ? 'with' : 'without'} bfloat16`;
const contestants = chosen();
const workers = contestants.map((contestant) => new Worker(contestant));
const versions = new Map<string, string>();
for (const worker of workers) versions.set(worker.name, await worker.version);
const done = new Set((await readRows()).filter((row) => row.machine === machine).map(name));
for (const cell of options.cells ? parseCells(options.cells) : grid) {
  if (done.has(name(cell)) && !options.again) continue;
  if (performance.now() - start > 60_000 * Number(options.minutes)) break;
  const load = loadavg()[0] ?? NaN;
  await mergeRows(rowsOf(cell, await measure(cell), { machine, versions, load }).map(shown));
}
for (const worker of workers) worker.end();

/** Contestants that this machine can run; bfloat16 only where the processor has it. */
function chosen(): Contestant[] {
  const modes = hasBfloat16() ? ['bfloat16'] : [];
  const tfjs = ['roarbook float32', ...modes.map((mode) => `roarbook ${mode}`), 'stock tfjs'];
  const torch = ['eager', 'channels_last', 'compile', ...modes].map((mode) => `pytorch ${mode}`);
  if (!existsSync(options.python))
    console.log(`without PyTorch: there is no ${options.python}, see README.md`);
  const all = [...tfjs, ...(existsSync(options.python) ? torch : [])];
  const names =
    options.contestants?.split(',') ?? all.filter((contestant) => contestant !== 'pytorch compile');
  return names.map((contestant) => {
    const mode = contestant.split(' ')[1] ?? '';
    const command = contestant.startsWith('pytorch')
      ? [options.python, '-W', 'ignore', `${here}torchWorker.py`, mode]
      : [
          process.execPath,
          '--import',
          'tsx',
          `${here}tfjsWorker.ts`,
          contestant === 'stock tfjs' ? 'stock' : mode,
        ];
    return { name: contestant, command };
  });
}

/** Rounds in which all contestants take turns; the first of each is a warm-up. */
async function measure(cell: Cell): Promise<Map<string, Time[]>> {
  const times = new Map<string, Time[]>();
  const able = [];
  for (const worker of workers) {
    const first = await worker.time(cell);
    if ('error' in first) {
      console.log(`${name(cell).padEnd(30)} ${worker.name.padEnd(22)} cannot: ${first.error.slice(0, 120)}`);
      continue;
    }
    able.push(worker);
    times.set(worker.name, []);
  }
  const began = performance.now();
  for (let round = 0; round < Number(options.rounds); round++) {
    if (round >= 3 && performance.now() - began > 1000 * Number(options.seconds)) break;
    for (const worker of able) {
      times.get(worker.name)?.push(await turn(worker, cell));
    }
  }
  return times;
}

/**
 * The mean time of the work in half a second of it. The first run, when threads sleep and caches hold another contestant's
 * data, counts only where it takes as long.
 */
async function turn(worker: Worker, cell: Cell): Promise<Time> {
  // Threads of the contestant before may spin for 0.2 s.
  await setTimeout(250);
  const first = await timed(worker, cell);
  if (first.milliseconds >= 500) return first;
  const total = { milliseconds: 0, processor: 0 };
  let runs = 0;
  for (; total.milliseconds < 500; runs++) {
    const time = await timed(worker, cell);
    total.milliseconds += time.milliseconds;
    total.processor += time.processor;
  }
  return { milliseconds: total.milliseconds / runs, processor: total.processor / runs };
}

async function timed(worker: Worker, cell: Cell): Promise<Time> {
  const time = await worker.time(cell);
  if ('error' in time) throw new Error(`${worker.name}: ${time.error}`);
  return time;
}

function shown<R extends ReturnType<typeof rowsOf>[number]>(row: R): R {
  const { contestant, median, lowest, highest, ratio, lowestRatio, processorRatio, rounds } = row;
  const time = `${median.toFixed(1).padStart(9)} ms (${lowest.toFixed(1)}–${highest.toFixed(1)}, ${rounds} rounds)`;
  console.log(
    `${name(row).padEnd(30)} ${contestant.padEnd(22)} ${time}  ×${ratio} (lowest ×${lowestRatio}, processor ×${processorRatio})`,
  );
  return row;
}
