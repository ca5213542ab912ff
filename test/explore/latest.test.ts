import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { latest } from '../../src/explore/latest.js';

describe('latest', () => {
  it('runs once more for all that was asked while it ran', async () => {
    const seen: number[] = [];
    let state = 0;
    const update = latest(
      async () => {
        seen.push(state);
        await setImmediate();
      },
      () => assert.fail(),
    );
    for (state = 1; state <= 9; state++) update();
    state = 9;
    await setImmediate();
    await setImmediate();
    assert.deepEqual(seen, [1, 9]);
  });

  it('runs what was asked while a run failed', async () => {
    const seen: number[] = [];
    let state = 1;
    const update = latest(
      async () => {
        seen.push(state);
        await setImmediate();
        if (seen.length === 1) throw new Error('no');
      },
      () => undefined,
    );
    update();
    state = 2;
    update();
    await setImmediate();
    await setImmediate();
    assert.deepEqual(seen, [1, 2]);
  });

  it('reports a failure and goes on with the next call', async () => {
    const failures: unknown[] = [];
    const update = latest(
      () => Promise.reject(new Error('no')),
      (error) => failures.push(error),
    );
    update();
    await setImmediate();
    update();
    await setImmediate();
    assert.equal(failures.length, 2);
  });
});
