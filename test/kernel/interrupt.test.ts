import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';
import { background, endless, stopCell } from './endless.js';
import { stopwatch } from './stopwatch.js';

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

  for (const [what, [code, count]] of Object.entries(background))
    it(`leaves nothing running in the background: ${what}`, async () => {
      await stopCell(client, `${code}; await new Promise(() => {})`);
      const first = await client.text(count);
      assert.equal(await client.text(`await new Promise((r) => setTimeout(r, 30)); ${count}`), first);
    });

  it('leaves alone the timers of the cell that is run at once after it', async () => {
    for (let i = 0; i < 5; i++) {
      await stopCell(client, endless['a loop at the top level'] ?? '');
      assert.equal(await client.text('await new Promise((r) => setTimeout(r, 1)); 7'), '7');
    }
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

  it('does not stop what the front asks for after the stopped cell', async () => {
    await client.execute(`import {comm, interruptSignal} from 'roarbook/kernel';
      comm.on('ask', (channel) => channel.onMessage(() => channel.send({data: {stopped: interruptSignal().aborted}})))`);
    client.send('shell', 'comm_open', { comm_id: 'a1', target_name: 'ask', data: {} });
    await stopCell(client, 'console.log("started"); await new Promise(() => {})');
    const answer = client.next(({ type }) => type === 'comm_msg');
    client.send('shell', 'comm_msg', { comm_id: 'a1', data: {} });
    assert.deepEqual((await answer).content['data'], { stopped: false });
  });

  it('lets code that watches the signal finish its work first', async () => {
    const code = `import {interruptSignal} from 'roarbook/kernel';
      const signal = interruptSignal(); console.log("started"); let saved = false;
      while (!signal.aborted) await null;
      saved = true; throw new Error("stopped at epoch 3")`;
    await stopCell(client, code);
    assert.equal(await client.text('saved'), 'true');
  });

  it('ends a cell that waits for a client that has stalled', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'roarbook-test-'));
    test.after(() => rmSync(folder, { recursive: true }));
    const [printed, ended] = [join(folder, 'printed'), join(folder, 'ended')];
    writeFileSync(printed, '');
    client.stall(true);
    const cell = client.execute(`import {appendFileSync, writeFileSync} from 'node:fs';
      try { for (;;) { console.log('x'.repeat(1e6)); appendFileSync('${printed}', '.') } }
      finally { writeFileSync('${ended}', '') }`);
    // It waits when it has printed nothing for a while.
    const age = () => Date.now() - statSync(printed).mtimeMs;
    while (statSync(printed).size < 8 || age() < 200) await new Promise((resolve) => setTimeout(resolve, 5));
    const elapsed = stopwatch(client.kernel.pid);
    const start = performance.now();
    client.send('control', 'interrupt_request', {});
    while (!existsSync(ended) && performance.now() - start < 5000)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const time = elapsed();
    client.stall(false);
    assert.equal((await cell).reply['ename'], 'KeyboardInterrupt');
    assert.ok(time < 500, `took ${time} ms`);
  });
});
