import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';

describe('output', () => {
  let client: Client;
  before(async () => {
    client = await Client.start();
  });
  after(() => client.stop());

  it('arrives whole and in order: 100,000 lines', async () => {
    const text = await client.text('for (let i = 0; i < 100_000; i++) console.log(i)');
    assert.equal(text, Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join(''));
  });

  it('keeps the order of text on both streams and displays', async () => {
    const { outputs } = await client.execute(
      `import {display} from 'roarbook/kernel';
      for (let i = 0; i < 3; i++) { console.log('out', i); console.error('err', i); display(i); }`,
    );
    const order = outputs.slice(1).map(({ type, content }) => (type === 'stream' ? content['text'] : type));
    const round = (i: number) => [`out ${i}\n`, `err ${i}\n`, 'display_data'];
    assert.deepEqual(order, [...round(0), ...round(1), ...round(2)]);
  });

  it('of native code and child processes arrives before the cell ends', async () => {
    const code = `import {writeSync} from 'node:fs'; import {spawnSync} from 'node:child_process';
      writeSync(1, 'native ä\\n'); spawnSync('sh', ['-c', 'echo child; echo oops >&2'], {stdio: 'inherit'});`;
    const { outputs } = await client.execute(code);
    const streams = { stdout: '', stderr: '' };
    for (const { type, content } of outputs)
      if (type === 'stream') streams[content['name'] as 'stdout' | 'stderr'] += String(content['text']);
    assert.deepEqual(streams, { stdout: 'native ä\nchild\n', stderr: 'oops\n' });
  });

  it('of a large display arrives whole', async () => {
    const { outputs } = await client.execute("display.html('x'.repeat(20_000_000))");
    const data = outputs[1]?.content['data'] as Record<string, string>;
    assert.equal(data['text/html']?.length, 20_000_000);
  });
});
