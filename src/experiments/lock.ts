import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { interruptSignal } from '../display/interrupt.js';
import { InterruptedError } from '../errors.js';

const pollMilliseconds = 500;
const settleMilliseconds = 100;

/**
 * Waits until this process alone holds a lock file; the returned function gives it back.
 *
 * A lock whose process is gone is taken over; one held on another machine is waited for.
 */
export async function acquire(file: string, label: string): Promise<() => void> {
  const signal = interruptSignal();
  const mine = JSON.stringify({
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid),
    id: randomUUID(),
  });
  const release = () => rmSync(file, { force: true });
  let waiting = false;
  for (;;) {
    const takeover = isAbandoned(file);
    if (takeover) release();
    if (tryLock(file, mine)) {
      if (!takeover) return release;
      // Another process may have judged the old lock abandoned too, and removed this one instead.
      await sleep(settleMilliseconds);
      if (holds(file, mine)) return release;
    }
    if (signal.aborted) throw new InterruptedError(`${label}: stopped while waiting for another process`);
    if (!waiting) console.error(`${label}: another process is computing this; waiting for it`);
    waiting = true;
    await sleep(pollMilliseconds);
  }
}

/** Creates the file with its content in one step, or returns false if it is there. */
function tryLock(file: string, content: string): boolean {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function holds(file: string, content: string): boolean {
  try {
    return readFileSync(file, 'utf8') === content;
  } catch {
    return false;
  }
}

function isAbandoned(file: string): boolean {
  try {
    const held = JSON.parse(readFileSync(file, 'utf8')) as { host: string; pid: number; started: string };
    return held.host === hostname() && startOf(held.pid) !== held.started;
  } catch {
    // No lock, or one just given back.
    return false;
  }
}

/** When a process started, in clock ticks since boot: tells it from a later one with the same number. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return 'gone';
  }
}
