import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { interruptSignal } from '../display/interrupt.js';
import { InterruptedError } from '../errors.js';
import { renew } from './lease.js';

const pollMilliseconds = 500;
const settleMilliseconds = 100;
/** A machine that was cut off for as long must not go on; two minutes outlast a file server's restart. */
export const leaseSeconds = 120;

/**
 * Waits until this process alone holds a lock file; the returned function gives it back.
 *
 * A lock whose process is gone is taken over. Of another machine's process nothing tells whether it is there, but that
 * it renews the file's time while it lives: a lock not renewed for `leaseSeconds` is taken over too.
 */
export async function acquire(file: string, label: string): Promise<() => void> {
  const signal = interruptSignal();
  const mine = JSON.stringify({
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid),
    id: randomUUID(),
  });
  const remove = () => rmSync(file, { force: true });
  const held = () => {
    const end = renew(file);
    return () => {
      end();
      remove();
    };
  };
  let waiting = false;
  for (;;) {
    const takeover = isAbandoned(file);
    if (takeover) remove();
    if (tryLock(file, mine)) {
      if (!takeover) return held();
      // Another process may have judged the old lock abandoned too, and removed this one instead.
      await sleep(settleMilliseconds);
      if (holds(file, mine)) return held();
    }
    if (signal.aborted) throw new InterruptedError(`${label}: stopped while waiting for another process`);
    if (!waiting) console.error(`${label}: ${holderOf(file)} is computing this; waiting for it`);
    waiting = true;
    await sleep(pollMilliseconds);
  }
}

/** Whether a process that is still there holds a lock file. */
export function isHeld(file: string): boolean {
  return holder(file) !== undefined;
}

/** The process that holds a lock file, in words; undefined if none does. */
export function holder(file: string): string | undefined {
  const held = read(file);
  if (held === 'none' || held === 'damaged' || isAbandoned(file)) return undefined;
  return `process ${held.pid} on ${held.host}`;
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
  const held = read(file);
  // A lock appears with all its content: one that cannot be read is what a crashed machine left.
  if (held === 'damaged') return true;
  if (held === 'none') return false;
  return held.host === hostname() ? startOf(held.pid) !== held.started : isStale(file, held.id);
}

/** Locks of other machines: when their times were last seen to change, by this process's clock. */
const seen = new Map<string, { id: string; modified: number; at: number }>();

/** Clocks of machines differ, so what counts is how long this process sees no change. */
function isStale(file: string, id: string): boolean {
  const modified = modifiedAt(file);
  const known = seen.get(file);
  if (known?.id !== id || known.modified !== modified) {
    seen.set(file, { id, modified, at: performance.now() });
    return false;
  }
  return performance.now() - known.at > leaseSeconds * 1000;
}

/** Through an open file: a network file system looks at the server when a file is opened. */
function modifiedAt(file: string): number {
  try {
    const descriptor = openSync(file, 'r');
    try {
      return fstatSync(descriptor).mtimeMs;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Just given back.
    return NaN;
  }
}

function holderOf(file: string): string {
  const held = read(file);
  if (held === 'none' || held === 'damaged' || held.host === hostname()) return 'another process';
  return `process ${held.pid} on ${held.host}`;
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly started: string;
  readonly id: string;
}

function read(file: string): Holder | 'none' | 'damaged' {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // No lock, or one just given back.
    return 'none';
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return 'damaged';
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
