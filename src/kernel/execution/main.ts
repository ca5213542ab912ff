import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FrameReader } from '../frames.js';
import { Cells, failure } from './cell.js';
import { Modules } from './modules.js';
import { NotebookHost } from './notebookHost.js';
import { arrival, commandsFd, endMark, grace, words, type Command, type Outcome } from './protocol.js';
import { replaceStreams, report, writeRaw } from './reports.js';
import { mapStacks } from './stack.js';
import { KeyboardInterrupt, Stop } from './stop.js';
import { clearTimers, openTimers, replaceTimers } from './timers.js';
import { abandonTraining, stopTraining } from './training.js';

/** The kernel's own timers are not the user's: Stop leaves them alone. */
const setKernelTimeout = globalThis.setTimeout;

const shared = new SharedArrayBuffer(4 * words);
const stop = new Stop(new Int32Array(shared));
const host = new NotebookHost(stop);
const folder = process.cwd();
const compiling = new Map<
  number,
  { resolve(source: { js: string; map: string }): void; reject(error: Error): void }
>();
let compilations = 0;
const modules = new Modules(
  folder,
  (path) =>
    new Promise((resolve, reject) => {
      compiling.set(++compilations, { resolve, reject });
      report({ t: 'module', id: compilations, path });
    }),
);
const cells = new Cells(modules, stop);

interface Running {
  readonly run: number;
  reached(): number;
  end(outcome: Outcome): void;
}
let running: Running | undefined;

async function runCell(command: Command & { t: 'run' }): Promise<void> {
  host.startCell(command.stdin);
  const { runtime, ended } = cells.start(command);
  const cell: Running = {
    run: command.run,
    reached: () => (runtime.at === Infinity ? Number.MAX_SAFE_INTEGER : runtime.at),
    end(outcome) {
      if (running !== cell) return;
      running = undefined;
      writeRaw(1, endMark(command.run));
      writeRaw(2, endMark(command.run));
      report({ t: 'done', run: command.run, reached: cell.reached(), ...outcome });
    },
  };
  running = cell;
  const outcome = await ended;
  // A signal that is on its way must find this cell, not the next: the stop's own handler ends the cell.
  if (stop.pending) stopped = () => cell.end(outcome);
  else cell.end(outcome);
}

/** Ends a cell that ended by itself while a stop was on its way. */
let stopped: (() => void) | undefined;

/** The user pressed Stop, and the event loop is free: loops have ended, what waits is ended here. */
function interrupt(n: number): void {
  stop.clear(n);
  whenArrived(() => endStopped(n), performance.now() + arrival);
}

/** Waits for force that is on its way: it must not hit the next cell. */
function whenArrived(act: () => void, deadline: number): void {
  if (!stop.forced || performance.now() > deadline) {
    stop.arrived();
    act();
  } else setKernelTimeout(() => whenArrived(act, deadline), 2);
}

function endStopped(n: number): void {
  stopped?.();
  stopped = undefined;
  const cell = running;
  const reason = new KeyboardInterrupt();
  const training = stopTraining();
  const patient = stop.cooperative || training.length > 0;
  host.abort(reason);
  report({ t: 'acknowledged', n });
  const timers = openTimers();
  const finish = () => {
    abandonTraining(training);
    clearTimers(patient ? timers : openTimers());
    if (cell && running === cell) cell.end(failure(reason));
  };
  if (patient && cell) setKernelTimeout(finish, grace);
  else finish();
}

function obey(command: Command, parts: readonly Uint8Array[]): void {
  switch (command.t) {
    case 'run':
      void runCell(command);
      break;
    case 'interrupt':
      interrupt(command.n);
      break;
    case 'input':
      host.answer(command.id, command.value, command.error);
      break;
    case 'module': {
      const waiting = compiling.get(command.id);
      compiling.delete(command.id);
      if (command.js === undefined) waiting?.reject(new Error(command.error ?? 'cannot compile'));
      else waiting?.resolve({ js: command.js, map: command.map ?? '' });
      break;
    }
    case 'comm':
      try {
        host.receive(command, parts);
      } catch (error) {
        complain('Error in a comm handler', error);
      }
      if (command.message !== undefined) report({ t: 'commDone', message: command.message });
  }
}

/** Errors that no cell waits for: they show, and the kernel lives. */
function complain(what: string, error: unknown): void {
  if (error instanceof KeyboardInterrupt) return;
  const outcome = failure(error);
  const text = outcome.status === 'error' ? outcome.traceback.join('\n') : '';
  process.stderr.write(`${what}: ${text}\n`);
}

replaceStreams();
mapStacks();
new Worker(new URL('./watchdog.js', import.meta.url), { workerData: { shared } }).unref();
const commands = new Socket({ fd: commandsFd, readable: true, writable: false });
const reader = new FrameReader<Command>();
commands.on('data', (chunk) => {
  for (const { head, parts } of reader.push(chunk)) obey(head, parts);
});
replaceTimers(() => stop.arrived());
process.on('uncaughtException', (error) => complain('Uncaught', error));
process.on('unhandledRejection', (error) => complain('Unhandled rejection', error));
process.on('SIGINT', () => stop.arrived());
Object.assign(globalThis, {
  [Symbol.for('jupyter.host')]: host,
  require: createRequire(join(folder, 'notebook.js')),
});
report({ t: 'ready' });
