import type { ChildProcess } from 'node:child_process';

/** How the process ended, as far as a user can make use of it. */
export function causeOfDeath(code: number | null, signal: NodeJS.Signals | null): string {
  if (!signal) return `ended with code ${code ?? 'unknown'}`;
  const hint = {
    SIGABRT: ', as Node does when its heap is full (NODE_OPTIONS=--max-old-space-size=MB makes it larger)',
    SIGSEGV: ', a crash in native code',
    SIGKILL: ', as the system does when memory runs short',
  }[signal as string];
  return `was killed by ${signal}${hint ?? ''}`;
}

/** Signals a process and everything that it started. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
