import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FrameReader, type Frame } from '../frames.js';
import { Cells, failure } from './cell.js';
import { acceptForce, uncut, wasForced } from './force.js';
import { Modules } from './modules.js';
import { NotebookHost } from './notebookHost.js';
import {
  commandsFd,
  endMark,
  grace,
  words,
  type Command,
  type CommMessage,
  type Outcome,
} from './protocol.js';
import { replaceStreams, report, writeRaw } from './reports.js';
import { mapStacks } from './stack.js';
import { KeyboardInterrupt, Stop } from './stop.js';
import { closeTensorScopes } from './tensorScopes.js';
import { replaceNextTick } from './ticks.js';
import { clearTimers, openTimers, replaceTimers } from './timers.js';
import { abandonTraining, stopTraining } from './training.js';
import { endWorkers, forgetWorkers, replaceWorkers } from './workers.js';

/** The kernel's own timers are not the user's: Stop leaves them alone. */
const setKernelTimeout = globalThis.setTimeout;
const setKernelImmediate = globalThis.setImmediate;

const shared = new SharedArrayBuffer(4 * words);
/** Milliseconds for which a Stop stays on once the event loop has heard of it, and while files are being read. */
const turns = 20;
const longestTurn = 300;
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
  forgetWorkers();
  const runtime = cells.prepare(command);
  const start = performance.now();
  const cell: Running = {
    run: command.run,
    reached: () => (runtime.at === Infinity ? Number.MAX_SAFE_INTEGER : runtime.at),
    end(outcome) {
      if (running !== cell) return;
      running = undefined;
      host.endCell(command.count, start);
      writeRaw(1, endMark(command.run));
      writeRaw(2, endMark(command.run));
      report({ t: 'done', run: command.run, reached: cell.reached(), ...outcome });
    },
  };
  // Before any of it runs: what force ends does not come back here.
  running = cell;
  cell.end(await cells.run(command, runtime));
}

/** Stops that are on: what is asked next waits until they are over. */
let settling = 0;

/**
 * The user pressed Stop, and the event loop is free. The flag stays up for some turns of it, so that each link of a
 * chain of callbacks (a file read that begins the next, two ports that answer each other) meets it once.
 */
function interrupt(n: number): void {
  settling++;
  stop.hear();
  const end = performance.now() + longestTurn;
  const wait = (): void => {
    const reading = process.getActiveResourcesInfo().some((name) => /^FSReq|ReqWrap$/.test(name));
    if (reading && performance.now() < end) return void setKernelTimeout(wait, turns);
    settle(n);
  };
  setKernelTimeout(wait, turns);
}

/** Loops have ended, what waits is ended here. */
function settle(n: number): void {
  stop.clear(n);
  endWorkers();
  if (wasForced()) closeTensorScopes();
  const cell = running;
  const reason = new KeyboardInterrupt();
  const training = stopTraining();
  const patient = stop.cooperative || training.length > 0;
  report({ t: 'acknowledged', n });
  const timers = openTimers();
  const finish = () => {
    abandonTraining(training);
    clearTimers(patient ? timers : openTimers());
    cell?.end(failure(reason));
  };
  const isWaitedFor = patient && cell !== undefined;
  if (isWaitedFor) setKernelTimeout(finish, grace);
  host.abort(reason);
  setKernelImmediate(() => {
    if (!isWaitedFor) finish();
    // Only now: timers that the next cell sets are not meant.
    settling--;
    obeyAll();
  });
}

function obey(command: Command, parts: readonly Uint8Array[]): void {
  switch (command.t) {
    case 'run':
      void runCell(command);
      break;
    case 'prefetch':
      void modules.prefetch(command.packages).then(() => report({ t: 'prefetched' }));
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
      if (!running) host.renewSignal();
      try {
        host.receive(command, parts);
      } catch (error) {
        complain('Error in a comm handler', error);
      }
      handled(command);
  }
}

function handled({ message }: CommMessage): void {
  if (message !== undefined) report({ t: 'commDone', message });
}

const inbox: Frame<Command>[] = [];
/** The command that is being obeyed; afterwards still set if force ended it. */
let obeying: Command | undefined;

/** Obeys all that has come in; what force cut short is made good first. */
function obeyAll(): void {
  if (obeying?.t === 'comm') handled(obeying);
  for (let next = inbox[0]; next; next = inbox[0]) {
    if (settling > 0 && /^(run|prefetch|comm)$/.test(next.head.t)) return;
    inbox.shift();
    obeying = next.head;
    obey(next.head, next.parts);
    obeying = undefined;
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
acceptForce(stop, () => modules.loading);
// Before the watchdog can send it: until then it ends the process.
process.on('SIGINT', () => undefined);
const watchdog = new Worker(new URL('./watchdog.js', import.meta.url), { workerData: { shared } });
watchdog.on('message', obeyAll);
watchdog.unref();
const commands = new Socket({ fd: commandsFd, readable: true, writable: false });
const reader = new FrameReader<Command>();
commands.on('data', (chunk) => {
  uncut(() => inbox.push(...reader.push(chunk)));
  obeyAll();
});
replaceTimers();
replaceWorkers();
replaceNextTick();
process.on('uncaughtException', (error) => complain('Uncaught', error));
process.on('unhandledRejection', (error) => complain('Unhandled rejection', error));
Object.assign(globalThis, {
  [Symbol.for('jupyter.host')]: host,
  require: createRequire(join(folder, 'notebook.js')),
});
report({ t: 'ready' });
