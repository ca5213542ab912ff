import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { cooperativeWord, forceWord, grace, handledWord, raisedWord, watchdogFd } from './protocol.js';

/**
 * A thread beside the one that runs cells, so that a busy cell can be reached: `s` raises the stop, `i` sends SIGINT to
 * this process and what it started, `t` terminates the running JavaScript. When the line closes the kernel is gone, and
 * this process ends with its children.
 */
const shared = new Int32Array((workerData as { shared: SharedArrayBuffer }).shared);
const line = new Socket({ fd: watchdogFd, readable: true, writable: false });
let inspector: Session | undefined;
let stops = 0;

line.on('data', (bytes) => {
  for (const byte of bytes) obey(String.fromCharCode(byte));
});

function obey(order: string): void {
  if (order === 's') {
    Atomics.store(shared, raisedWord, Math.max(++stops, Atomics.load(shared, raisedWord)));
  } else if (order === 'i') forced(() => process.kill(-process.pid, 'SIGINT'));
  else if (order === 't')
    forced(() => {
      inspector ??= connected();
      inspector.post('Runtime.terminateExecution', () => Atomics.store(shared, forceWord, 0));
    });
}

/** Code that watches the signal may need its moment. A stop that was answered meanwhile needs no force. */
function forced(act: () => void): void {
  const force = () => {
    // Each side writes its word before it reads the other's: force is not used, or the event loop waits for it.
    Atomics.store(shared, forceWord, 1);
    if (Atomics.load(shared, raisedWord) === Atomics.load(shared, handledWord))
      Atomics.store(shared, forceWord, 0);
    else act();
  };
  if (Atomics.load(shared, cooperativeWord) === 0) force();
  else setTimeout(force, grace / 2);
}

function connected(): Session {
  const session = new Session();
  session.connectToMainThread();
  return session;
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
