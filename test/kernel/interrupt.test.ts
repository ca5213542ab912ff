import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';

/** Cells that never end by themselves; each prints `started` first. */
export const endless: Record<string, string> = {
  'a loop at the top level': 'console.log("started"); while (true) {}',
  'a loop after an await': 'console.log("started"); await null; for (;;) {}',
  'an await for ever': 'console.log("started"); await new Promise(() => {})',
  'a loop in a timer':
    'setTimeout(() => { console.log("started"); for (;;) {} }); await new Promise(() => {})',
  'a loop in a microtask':
    'queueMicrotask(() => { console.log("started"); while (true) {} }); await new Promise(() => {})',
  'a chain of microtasks':
    'const spin = (): any => Promise.resolve().then(spin); console.log("started"); void spin(); await new Promise(() => {})',
  'an async function that is not awaited':
    'void (async () => { await null; console.log("started"); for (;;) {} })(); await new Promise(() => {})',
  'a loop that catches': 'console.log("started"); for (;;) { try { for (;;) {} } catch {} }',
  'a loop of short sleeps': 'console.log("started"); for (;;) await new Promise((r) => setTimeout(r, 1))',
  'a loop in code of a package': 'console.log("started"); new Function("for (;;) {}")()',
  'a loop in code of a package after an await':
    'console.log("started"); await null; new Function("for (;;) {}")()',
  'a child process':
    'import {execSync} from "node:child_process"; console.log("started"); execSync("sleep 100")',
};

/** Starts the cell, presses Stop once it runs, and returns the time until it has ended, in milliseconds. */
export async function stopCell(client: Client, code: string): Promise<{ status: unknown; elapsed: number }> {
  const started = client.next(
    ({ type, content }) => type === 'stream' && String(content['text']).includes('started'),
  );
  const cell = client.execute(code);
  await started;
  const start = performance.now();
  client.send('control', 'interrupt_request', {});
  const { reply } = await cell;
  return { status: reply['status'], elapsed: performance.now() - start };
}

describe('Stop', () => {
  let client: Client;
  before(async () => {
    client = await Client.start();
    await client.execute('let state = 42');
  });
  after(() => client.stop());

  for (const [what, code] of Object.entries(endless))
    it(`ends ${what} within half a second and keeps the variables`, async () => {
      const { status, elapsed } = await stopCell(client, code);
      assert.equal(status, 'error');
      assert.ok(elapsed < 500, `took ${elapsed} ms`);
      assert.equal(await client.text('state'), '42');
    });

  it('leaves nothing running in the background', async () => {
    await client.execute('let ticks = 0');
    await stopCell(
      client,
      'setInterval(() => ticks++, 1); console.log("started"); await new Promise(() => {})',
    );
    const first = await client.text('ticks');
    assert.equal(await client.text('await new Promise((r) => setTimeout(r, 20)); ticks'), first);
  });

  it('runs finally blocks', async () => {
    await stopCell(
      client,
      'let cleaned = false; try { console.log("started"); for (;;) {} } finally { cleaned = [1].map((n) => n > 0)[0] ?? false }',
    );
    assert.equal(await client.text('cleaned'), 'true');
  });

  it('lets code that watches the signal finish its work first', async () => {
    const code = `import {interruptSignal} from 'roarbook/kernel';
      const signal = interruptSignal(); console.log("started"); let saved = false;
      while (!signal.aborted) await null;
      saved = true; throw new Error("stopped at epoch 3")`;
    await stopCell(client, code);
    assert.equal(await client.text('saved'), 'true');
  });
});
