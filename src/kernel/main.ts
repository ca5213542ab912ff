import { readConnection } from './connection.js';
import { Kernel } from './kernel.js';

/** Runs a kernel until a client shuts it down. */
export async function runKernel(connectionFile: string): Promise<void> {
  const connection = readConnection(connectionFile);
  const kernel = new Kernel(connection, { cwd: process.cwd(), ended: () => process.exit(0) });
  process.on('SIGINT', () => kernel.interrupt());
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void kernel.shutdown());
  watchParent(() => void kernel.shutdown());
  // Nothing that one message does may end the kernel.
  process.on('uncaughtException', (error) =>
    process.stderr.write(`roarbook kernel: ${error.stack ?? error.message}\n`),
  );
  process.on('unhandledRejection', (error) => process.stderr.write(`roarbook kernel: ${String(error)}\n`));
  await kernel.open().catch((error: unknown) => {
    process.stderr.write(`roarbook kernel: cannot listen where ${connectionFile} says: ${String(error)}\n`);
    process.exit(1);
  });
}

/** Jupyter names the process that started the kernel; when that is gone, nobody will ever shut the kernel down. */
function watchParent(gone: () => void): void {
  const parent = Number(process.env['JPY_PARENT_PID']);
  if (!(parent > 1) || process.ppid !== parent) return;
  setInterval(() => {
    if (process.ppid !== parent) gone();
  }, 1000).unref();
}
