import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { interruptsWord, stopWord, watchdogFd } from './protocol.js';

/**
 * A thread beside the one that runs cells, so that a busy cell can be reached: `s` raises the stop, `t` terminates the
 * running JavaScript, and when the line closes the kernel is gone and this process ends with its children.
 */
const shared = new Int32Array((workerData as { shared: SharedArrayBuffer }).shared);
const line = new Socket({ fd: watchdogFd, readable: true, writable: false });
let inspector: Session | undefined;

line.on('data', (bytes) => {
  for (const byte of bytes) {
    if (byte === 's'.charCodeAt(0)) {
      Atomics.add(shared, interruptsWord, 1);
      Atomics.store(shared, stopWord, 1);
    } else if (byte === 't'.charCodeAt(0)) {
      if (!inspector) {
        inspector = new Session();
        inspector.connectToMainThread();
      }
      inspector.post('Runtime.terminateExecution');
    }
  }
});

function end(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
line.on('close', end);
line.on('error', end);
