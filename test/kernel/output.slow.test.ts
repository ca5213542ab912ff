import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';

const line = (i: number) => `${i} ${'x'.repeat(52)}`;

describe('a million lines', () => {
  let client: Client;
  before(async () => {
    client = await Client.start();
    await client.execute("import {display} from 'roarbook/kernel'; const pad = 'x'.repeat(52)");
  });
  after(() => client.stop());

  it('arrive whole, in order, with the displays between them', async () => {
    const code = `for (let i = 0; i < 1_000_000; i++) { console.log(i + ' ' + pad); if (i % 250_000 === 0) display(i) }`;
    const { outputs } = await client.execute(code);
    let next = 0;
    let rest = '';
    const displays: number[] = [];
    for (const { type, content } of outputs.slice(1)) {
      if (type === 'display_data') displays.push(next);
      else {
        const lines = (rest + String(content['text'])).split('\n');
        rest = lines.pop() ?? '';
        for (const text of lines) assert.equal(text, line(next++));
      }
    }
    assert.equal(next, 1_000_000);
    assert.deepEqual(displays, [1, 250_001, 500_001, 750_001]);
  });

  it('wait in the cell while the client is stalled: the kernel stays within 64 MB more', async () => {
    const memory = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${client.kernel.pid}/status`, 'utf8'))?.[1]) / 1024;
    const before = memory();
    const id = client.send('shell', 'execute_request', {
      code: `for (let i = 0; i < 1_000_000; i++) console.log(i + ' ' + pad)`,
    });
    client.stall(true);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    assert.ok(memory() - before < 64, `grew from ${before} to ${memory()} MB`);
    assert.ok((await client.heartbeat()) < 20);
    const done = client.next(
      ({ type, content, parentId }) =>
        parentId === id && type === 'status' && content['execution_state'] === 'idle',
    );
    client.stall(false);
    await done;
    const text = client
      .outputsOf(id)
      .map(({ content }) => content['text'] ?? '')
      .join('');
    assert.equal(
      text.length,
      Array.from({ length: 1_000_000 }, (_, i) => line(i).length + 1).reduce((a, b) => a + b),
    );
  });
});
