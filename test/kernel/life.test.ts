import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Client } from './client.js';

/** Starts a kernel whose cell runs a child process; returns the ids of the processes below and of that child. */
async function family(client: Client): Promise<{ execution: number; child: number }> {
  const text = await client.text(
    `import {spawn} from 'node:child_process'; const sleeper = spawn('sleep', ['1000']); [process.pid, sleeper.pid].join(' ')`,
  );
  const [execution, child] = text.replaceAll("'", '').split(' ').map(Number);
  assert.ok(execution && child, text);
  return { execution, child };
}

/** Waits until the processes are gone. */
async function gone(...pids: number[]): Promise<void> {
  const alive = (pid: number) => {
    if (!existsSync(`/proc/${pid}`)) return false;
    return !/^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }));
  };
  const deadline = Date.now() + 5000;
  while (pids.some((pid) => alive(pid)) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(
    pids.filter((pid) => alive(pid)),
    [],
  );
}

describe('no process is left behind', () => {
  it('after a shutdown, even of a busy cell', async () => {
    const client = await Client.start();
    const { execution, child } = await family(client);
    const busy = client.next(({ type }) => type === 'stream');
    client.send('shell', 'execute_request', { code: 'console.log("busy"); for (;;) {}' });
    await busy;
    await client.stop();
    await gone(execution, child);
  });

  it('after kill -9 of the kernel while a cell is busy', async () => {
    const client = await Client.start();
    const { execution, child } = await family(client);
    const busy = client.next(({ type }) => type === 'stream');
    client.send('shell', 'execute_request', { code: 'console.log("busy"); for (;;) {}' });
    await busy;
    client.kernel.kill('SIGKILL');
    await gone(execution, child);
    await client.stop();
  });

  it('after kill -9 of the execution process, and the kernel goes on', async () => {
    const client = await Client.start();
    const { execution, child } = await family(client);
    const message = client.next(({ type }) => type === 'stream');
    process.kill(execution, 'SIGKILL');
    assert.match(
      String((await message).content['text']),
      /was killed by SIGKILL, as .* memory runs short; variables are lost/,
    );
    await gone(execution, child);
    // The cell that ran before is over: a notebook shows the message in the next one.
    assert.match(await client.text('1 + 1'), /^The process .* was killed by SIGKILL, [^]*is ready\.\n2$/);
    assert.equal(await client.text('1 + 1'), '2');
    await client.stop();
  });

  it('after crashes of a cell, which say why and what to do', async () => {
    const client = await Client.start({ env: { NODE_OPTIONS: '--max-old-space-size=150' } });
    const crashes: [string, RegExp][] = [
      ['const all = []; for (;;) all.push(new Array(1e5).fill(0.5))', /SIGABRT, as Node does when its heap/],
      ['process.abort()', /SIGABRT/],
      [
        'process.kill(process.pid, "SIGSEGV"); await new Promise(() => {})',
        /SIGSEGV, a crash in native code/,
      ],
      ['process.exit(5)', /ended with code 5; its variables are lost, and a fresh one is ready/],
    ];
    for (const [code, message] of crashes) {
      const { execution, child } = await family(client);
      const { reply } = await client.execute(`// @ts-nocheck\n${code}`);
      assert.match(String(reply['evalue']), message);
      await gone(execution, child);
      assert.equal(await client.text('1 + 1'), '2');
    }
    await client.stop();
  });
});
