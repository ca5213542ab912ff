import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Children } from './children.js';
import { askedWord, handledWord, raisedWord, watchdogFd } from './protocol.js';

/**
 * A thread beside the one that runs cells, so that a busy cell can be reached. A byte on its line is a Stop: it raises
 * the flag that the user's code asks for, sends SIGINT, as Ctrl-C does, to what the cells have started, and then asks
 * the busy thread again and again to end its JavaScript, until the event loop has heard of the stop. When the line
 * closes the kernel is gone, and this process ends with its children.
 */
const shared = new Int32Array((workerData as { shared: SharedArrayBuffer }).shared);
const line = new Socket({ fd: watchdogFd, readable: true, writable: false });

/** Milliseconds between two tries. */
const pause = 25;
let inspector: Session | undefined;
let stops = 0;
let posted = 0;
const children = new Children();
let climbing: NodeJS.Timeout | undefined;

line.on('data', (bytes) => {
  stops += bytes.length;
  Atomics.store(shared, raisedWord, Math.max(stops, Atomics.load(shared, raisedWord)));
  children.interrupt();
  climbing ??= setInterval(climb, pause);
});

function climb(): void {
  if (Atomics.load(shared, raisedWord) === Atomics.load(shared, handledWord)) {
    clearInterval(climbing);
    climbing = undefined;
    children.forget();
    return;
  }
  // Also what the busy thread has started since, such as the child that `execSync` waits for.
  children.interrupt();
  // One question at a time: while native code runs, none is heard.
  if (Atomics.load(shared, askedWord) < posted) return;
  // What was ended by force may have left commands that were not obeyed.
  parentPort?.postMessage('look');
  if (!inspector) {
    inspector = new Session();
    inspector.connectToMainThread();
  }
  posted++;
  inspector.post('Runtime.evaluate', { expression: `globalThis[Symbol.for('roarbook.force')]()` });
}

function end(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
line.on('close', end);
line.on('error', end);
