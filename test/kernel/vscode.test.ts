import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';

/** What the Jupyter extension of VS Code sends, field by field. */
describe("VS Code's requests", () => {
  let client: Client;
  before(async () => (client = await Client.start()));
  after(() => client.stop());

  it('run a silent cell that prints, without a count and without an echo', async () => {
    const { reply, outputs } = await client.execute('console.log("quiet"); 7', {
      silent: true,
      store_history: false,
      stop_on_error: false,
      user_expressions: undefined,
    });
    assert.equal(reply['status'], 'ok');
    assert.deepEqual(
      outputs.map(({ type, content }) => [type, content['text']]),
      [['stream', 'quiet\n']],
    );
    const next = await client.execute('1');
    assert.equal(next.reply['execution_count'], 1);
  });

  it('may leave out every optional field', async () => {
    const { reply } = await client.request('execute_request', { code: '2 + 3' });
    assert.deepEqual([reply['status'], reply['user_expressions']], ['ok', {}]);
    const completion = await client.request('complete_request', { code: 'consol' });
    assert.ok((completion.reply['matches'] as string[]).includes('console'));
    const inspection = await client.request('inspect_request', { code: 'parseInt', cursor_pos: 3 });
    assert.equal(inspection.reply['found'], true);
  });

  it('ask for comms without a target, on shell and on control', async () => {
    for (const channel of ['shell', 'control'] as const) {
      const { reply } = await client.request('comm_info_request', {}, channel);
      assert.deepEqual(reply, { status: 'ok', comms: {} });
    }
  });

  it('ask who the kernel is and stop a cell on control', async () => {
    const { reply } = await client.request('kernel_info_request', {}, 'control');
    assert.equal((reply['language_info'] as Record<string, unknown>)['name'], 'typescript');
    const started = client.next(({ type }) => type === 'stream');
    const cell = client.execute('console.log("started"); for (;;) {}');
    await started;
    assert.deepEqual((await client.request('interrupt_request', {}, 'control')).reply, { status: 'ok' });
    assert.equal((await cell).reply['ename'], 'KeyboardInterrupt');
  });
});
