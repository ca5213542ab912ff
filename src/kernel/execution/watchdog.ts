import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { cooperativeWord, grace, interruptsWord, stopWord, watchdogFd } from './protocol.js';

/**
 * A thread beside the one that runs cells, so that a busy cell can be reached: `s` raises the stop, `i` sends SIGINT to
 * this process and what it started, `t` terminates the running JavaScript. When the line closes the kernel is gone, and
 * this process ends with its children.
 */
const shared = new Int32Array((workerData as { shared: SharedArrayBuffer }).shared);
const line = new Socket({ fd: watchdogFd, readable: true, writable: false });
let inspector: Session | undefined;

line.on('data', (bytes) => {
  for (const byte of bytes) obey(String.fromCharCode(byte));
});

function obey(order: string): void {
  if (order === 's') {
    Atomics.add(shared, interruptsWord, 1);
    Atomics.store(shared, stopWord, 1);
  } else if (order === 'i') forced(() => process.kill(-process.pid, 'SIGINT'));
  else if (order === 't')
    forced(() => {
      inspector ??= connected();
      inspector.post('Runtime.terminateExecution');
    });
}

/** Code that watches the signal may need its moment; unless the stop was answered meanwhile, force follows. */
function forced(act: () => void): void {
  if (Atomics.load(shared, cooperativeWord) === 0) return act();
  setTimeout(() => {
    if (Atomics.load(shared, stopWord) !== 0) act();
  }, grace / 2);
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
