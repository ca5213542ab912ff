import { syncBuiltinESMExports } from 'node:module';
import threads, { Worker } from 'node:worker_threads';

const open = new Set<Worker>();

/** A worker thread that Stop ends if the stopped cell has started it. */
class CellWorker extends Worker {
  static {
    Object.defineProperty(this, 'name', { value: 'Worker' });
  }

  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    open.add(this);
    this.once('exit', () => open.delete(this));
  }
}

/** Replaces `Worker` of node:worker_threads by one whose threads are known. */
export function replaceWorkers(): void {
  threads.Worker = CellWorker;
  syncBuiltinESMExports();
}

/** A new cell: the threads of earlier ones are part of the session's state, which Stop keeps. */
export function forgetWorkers(): void {
  open.clear();
}

/** Ends the threads that the cell has started. */
export function endWorkers(): void {
  for (const worker of open) void worker.terminate();
  open.clear();
}
