import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';
import { endless, stopCell } from './endless.js';

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

  it('ends what catches the stop and awaits on in the background', async () => {
    await client.execute('let turns = 0; const pause = () => new Promise((r) => setTimeout(r, 2))');
    await stopCell(
      client,
      `console.log("started"); void (async () => { for (;;) { try { await pause(); turns++ } catch {} } })();
      await new Promise(() => {})`,
    );
    // It may tidy up for a second.
    await client.execute('const stoppedAt = Date.now(); while (Date.now() - stoppedAt < 1100) await pause()');
    const first = await client.text('turns');
    assert.equal(await client.text('await new Promise((r) => setTimeout(r, 30)); turns'), first);
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
