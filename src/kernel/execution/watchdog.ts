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
const pause = 10;
/** The first tries leave loops the time to notice the stop by themselves. */
const head = 30;
/** Milliseconds between two looks at the children. */
const childrenPause = 50;
/** Longest time to wait for an answer, in milliseconds. */
const longestWait = 3200;
let inspector: Session | undefined;
let stops = 0;
let posted = 0;
let postedAt = 0;
let raisedAt = 0;
let lookedAt = 0;
let wait = pause;
const children = new Children();
let climbing: NodeJS.Timeout | undefined;

line.on('data', (bytes) => {
  stops += bytes.length;
  Atomics.store(shared, raisedWord, Math.max(stops, Atomics.load(shared, raisedWord)));
  raisedAt = performance.now();
  interruptChildren();
  if (!climbing) {
    wait = pause;
    climbing = setInterval(climb, pause);
  }
});

function interruptChildren(): void {
  lookedAt = performance.now();
  children.interrupt();
}

function climb(): void {
  if (Atomics.load(shared, raisedWord) === Atomics.load(shared, handledWord)) {
    clearInterval(climbing);
    climbing = undefined;
    children.follow();
    return;
  }
  const now = performance.now();
  // Also what the busy thread has started since, such as the child that `execSync` waits for.
  if (now - lookedAt > childrenPause) interruptChildren();
  if (now - raisedAt < head) return;
  // Questions pile up while native code runs. But one may also be lost: what was ended by force takes it along.
  const answered = Atomics.load(shared, askedWord) >= posted;
  if (!answered && now - postedAt < wait) return;
  wait = answered ? pause : Math.min(2 * wait, longestWait);
  // What was ended by force may have left commands that were not obeyed.
  parentPort?.postMessage('look');
  if (!inspector) {
    inspector = new Session();
    inspector.connectToMainThread();
  }
  posted = Atomics.load(shared, askedWord) + 1;
  postedAt = now;
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
