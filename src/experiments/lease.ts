import { Worker } from 'node:worker_threads';

/** Between two renewals. */
const renewSeconds = 10;

/** A thread of its own: a training step that a driver compiles for minutes holds the main thread. */
const program = `
  const { utimes } = require('node:fs');
  const { parentPort } = require('node:worker_threads');
  const files = new Set();
  const renew = (file) => utimes(file, new Date(), new Date(), () => {});
  parentPort.on('message', ({ file, held }) => {
    if (!held) return files.delete(file);
    files.add(file);
    renew(file);
  });
  setInterval(() => files.forEach(renew), ${renewSeconds * 1000});
`;

let thread: Worker | undefined;

/** Renews a lock file's time until the returned function is called or the process ends. */
export function renew(file: string): () => void {
  thread ??= started();
  const own = thread;
  own.postMessage({ file, held: true });
  return () => own.postMessage({ file, held: false });
}

function started(): Worker {
  const worker = new Worker(program, { eval: true, execArgv: [] });
  worker.unref();
  // Whoever ends a process's threads, as a stopped cell may, ends this one as well.
  worker.once('exit', () => {
    if (thread === worker) thread = undefined;
  });
  return worker;
}
