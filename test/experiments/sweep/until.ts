import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that other processes do; a test must not hang if they never do it. */
export async function until(what: string, holds: () => boolean, seconds = 120): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`after ${seconds} s still not: ${what}`);
    await sleep(50);
  }
}
