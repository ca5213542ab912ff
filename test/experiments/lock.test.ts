import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { acquire, isHeld, leaseSeconds } from '../../src/experiments/lock.js';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'roarbook-lock-'));
  file = path.join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A lock as a process on another machine leaves it. */
function lockElsewhere(id = 'first'): void {
  writeFileSync(file, JSON.stringify({ host: 'node7', pid: 1, started: '0', id }));
}

describe("a lock of another machine's process", () => {
  it('holds while its time changes, and is taken over once it no longer does', async (context) => {
    let now = 1000;
    context.mock.method(performance, 'now', () => now);
    lockElsewhere();
    assert.equal(isHeld(file), true);
    now += leaseSeconds * 1000 - 1;
    utimesSync(file, 5, 5);
    assert.equal(isHeld(file), true);
    now += leaseSeconds * 1000;
    assert.equal(isHeld(file), true);
    now += 1;
    assert.equal(isHeld(file), false);
    const release = await acquire(file, 'task');
    assert.equal(isHeld(file), true);
    release();
    assert.equal(isHeld(file), false);
  });

  it(
    'renews its own from a thread that a busy main thread does not hold up',
    { timeout: 10_000 },
    async () => {
      const release = await acquire(file, 'task');
      utimesSync(file, 5, 5);
      // No turn of this thread's loop: the renewal can only come from the other one.
      while (statSync(file).mtimeMs === 5000);
      release();
    },
  );

  it('counts anew when another process took it', (context) => {
    let now = 1000;
    context.mock.method(performance, 'now', () => now);
    lockElsewhere();
    utimesSync(file, 5, 5);
    assert.equal(isHeld(file), true);
    lockElsewhere('second');
    utimesSync(file, 5, 5);
    now += leaseSeconds * 1000 + 1;
    assert.equal(isHeld(file), true);
  });
});
