import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';

describe('Stop, where a cell does not end by itself', () => {
  let client: Client;
  before(async () => {
    client = await Client.start();
    await client.execute('let state = 42');
  });
  after(() => client.stop());

  const press = () => client.request('interrupt_request', {}, 'control');

  it('restarts the process at the second press after the hint, and says what was lost', async () => {
    const started = client.next(({ content }) => content['text'] === 'started\n');
    // A native call that returns when its child does; the child is deaf to the signal that Stop sends, and says so.
    const cell = client.execute(
      `import {execSync} from 'node:child_process';
      execSync("trap '' INT TERM; echo started; while :; do sleep 0.1; done",
        {stdio: ['ignore', 'inherit', 'ignore'], shell: '/bin/bash'})`,
    );
    await started;
    const hint = client.next(({ content }) =>
      String(content['text']).includes('Press Stop again to restart'),
    );
    await press();
    assert.match(String((await hint).content['text']), /waiting for native code to return/);
    await press();
    const { reply } = await cell;
    assert.equal(reply['ename'], 'ExecutionProcessEnded');
    assert.match(String(reply['evalue']), /its variables are lost, and a fresh one is ready/);
    assert.match(await client.text('state'), /Cannot find name 'state'/);
    assert.equal(await client.text('1 + 1'), '2');
  });

  it('keeps a cell from starting that is still being compiled', async () => {
    // Its package's types take the compiler far longer than the Stop takes to arrive.
    const echoed = client.next(({ type }) => type === 'execute_input');
    const cell = client.execute(
      `import * as tf from '@tensorflow/tfjs-node-gpu'; console.log('ran', tf.version.tfjs)`,
    );
    await echoed;
    await press();
    const { reply, outputs } = await cell;
    assert.equal(reply['evalue'], 'the cell was stopped before it ran');
    assert.ok(!outputs.some(({ type }) => type === 'stream'));
    assert.equal(await client.text('2 + 2'), '4');
  });
});
