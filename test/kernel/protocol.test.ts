import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.js';
import { stopwatch } from './stopwatch.js';

describe('the protocol', () => {
  let client: Client;
  before(async () => {
    client = await Client.start();
    await client.execute('import {comm, display, input} from "roarbook/kernel"');
  });
  after(() => client.stop());

  it('drops messages that are malformed or wrongly signed, and lives', async () => {
    const before = client.received.length;
    await client.sendRaw(['<IDS|MSG>', 'signature']);
    await client.sendRaw(['no delimiter']);
    await client.sendRaw(
      client.frames('execute_request', { code: 'console.log("forged")' }, { key: 'wrong' }),
    );
    await client.sendRaw(client.frames('execute_request', ['no', 'object']));
    assert.equal(await client.text('"alive"'), "'alive'");
    assert.ok(!JSON.stringify(client.received.slice(before)).includes('forged'));
  });

  it('takes wrong fields as missing ones', async () => {
    const { reply } = await client.request('complete_request', { code: 7, cursor_pos: 'x' });
    assert.equal(reply['status'], 'ok');
  });

  it('aborts the cells that were queued when one failed, and only those', async () => {
    const cells = [client.execute('throw new Error("first")'), client.execute('2'), client.execute('3')];
    const statuses = (await Promise.all(cells)).map(({ reply }) => reply['status']);
    assert.deepEqual(statuses, ['error', 'aborted', 'aborted']);
    assert.equal((await client.execute('4')).reply['status'], 'ok');
  });

  it('goes on after an error without stop_on_error', async () => {
    const cells = [client.execute('throw 1', { stop_on_error: false }), client.execute('5')];
    const statuses = (await Promise.all(cells)).map(({ reply }) => reply['status']);
    assert.deepEqual(statuses, ['error', 'ok']);
  });

  it('counts no silent cell and keeps it out of the output', async () => {
    const first = await client.execute('1');
    const silent = await client.execute('let quiet = 2; quiet', { silent: true });
    const next = await client.execute('quiet');
    assert.deepEqual(silent.outputs, []);
    assert.equal(Number(next.reply['execution_count']), Number(first.reply['execution_count']) + 1);
  });

  it('evaluates user_expressions after the cell', async () => {
    const { reply } = await client.execute('let base = 20', {
      user_expressions: { double: 'base * 2', wrong: 'nothing' },
    });
    const { double, wrong } = reply['user_expressions'] as Record<string, Record<string, unknown>>;
    assert.deepEqual(double, { status: 'ok', data: { 'text/plain': '40' }, metadata: {} });
    assert.equal(wrong?.['status'], 'error');
  });

  it('asks the user, hides passwords, and refuses where nobody can answer', async () => {
    client.answerInput = (prompt, password) => `${prompt}${password ? 'hidden' : 'shown'}`;
    assert.equal(await client.text('await input("name? ")'), "'name? shown'");
    assert.equal(await client.text('await input("key? ", {password: true})'), "'key? hidden'");
    assert.match(await client.text('await input("x")', { allow_stdin: false }), /StdinNotImplementedError/);
  });

  it('carries comm messages with buffers both ways', async () => {
    await client.execute(`comm.on('echo', (channel, opened) => {
      channel.onMessage(({data, buffers}) => channel.send({data: {got: data}, buffers}));
    })`);
    client.send('shell', 'comm_open', { comm_id: 'c1', target_name: 'echo', data: {} });
    const echoed = client.next(({ type }) => type === 'comm_msg');
    client.send('shell', 'comm_msg', { comm_id: 'c1', data: 7 }, [Buffer.from([1, 2, 255])]);
    const { content, buffers } = await echoed;
    assert.deepEqual(content, { comm_id: 'c1', data: { got: 7 } });
    assert.deepEqual([...(buffers[0] ?? [])], [1, 2, 255]);
    const { reply } = await client.request('comm_info_request', {});
    assert.deepEqual(reply['comms'], { c1: { target_name: 'echo' } });
  });

  it('closes a comm whose target nobody knows', async () => {
    const closed = client.next(({ type }) => type === 'comm_close');
    client.send('shell', 'comm_open', { comm_id: 'c2', target_name: 'unknown', data: {} });
    assert.equal((await closed).content['comm_id'], 'c2');
  });

  it('updates a display by its id and clears output', async () => {
    const { outputs } = await client.execute(
      'const h = display("one", {id: "d1"}); h.update("two"); display("three", {id: "d1"}); display.clear({wait: true})',
    );
    assert.deepEqual(
      outputs.map(({ type, content }) => [
        type,
        (content['transient'] as { display_id?: string })?.display_id,
      ]),
      [
        ['execute_input', undefined],
        ['display_data', 'd1'],
        ['update_display_data', 'd1'],
        ['update_display_data', 'd1'],
        ['clear_output', undefined],
      ],
    );
  });

  it('answers history by tail, range and search', async () => {
    await client.execute('const wanted = "needle"');
    const ask = (content: Record<string, unknown>) =>
      client.request('history_request', { output: false, raw: true, ...content });
    const tail = (await ask({ hist_access_type: 'tail', n: 1 })).reply['history'] as [
      number,
      number,
      string,
    ][];
    assert.equal(tail[0]?.[2], 'const wanted = "needle"');
    const [session, line] = tail[0] ?? [0, 0];
    const range = await ask({ hist_access_type: 'range', session, start: line, stop: line + 1 });
    assert.deepEqual(range.reply['history'], tail);
    const search = await ask({ hist_access_type: 'search', pattern: '*needle*', n: 5 });
    assert.deepEqual(search.reply['history'], tail);
  });

  it('completes and inspects names of cells, in characters and not UTF-16 units', async () => {
    await client.execute('/** Doubles a number. */ function doubled(n: number) { return 2 * n }');
    const code = '"😀"; doub';
    const length = Array.from(code).length;
    const { reply } = await client.request('complete_request', { code, cursor_pos: length });
    assert.deepEqual(
      [reply['matches'], reply['cursor_start'], reply['cursor_end']],
      [['doubled'], length - 4, length],
    );
    const inspected = await client.request('inspect_request', {
      code: 'doubled(',
      cursor_pos: 8,
      detail_level: 0,
    });
    assert.match(
      JSON.stringify(inspected.reply['data']),
      /doubled\(n: number\): number[^(]*Doubles a number\./,
    );
  });

  it('answers at once while a cell is busy', async () => {
    const busy = client.next(
      ({ type, content }) => type === 'stream' && String(content['text']).includes('busy'),
    );
    const cell = client.execute(
      'console.log("busy"); const until = Date.now() + 1500; while (Date.now() < until) {}',
    );
    await busy;
    const beat = await client.heartbeat();
    assert.ok(beat < 20, `heartbeat took ${beat} ms`);
    const untilControl = stopwatch(client.kernel.pid);
    await client.request('kernel_info_request', {}, 'control');
    const control = untilControl();
    assert.ok(control < 50, `control took ${control} ms`);
    const untilCompletion = stopwatch(client.kernel.pid);
    await client.request('complete_request', { code: 'console.lo', cursor_pos: 10 });
    const completion = untilCompletion();
    assert.ok(completion < 300, `completion took ${completion} ms`);
    assert.equal((await cell).reply['status'], 'ok');
  });
});

describe('a kernel on ipc sockets', () => {
  it('runs cells', async () => {
    const client = await Client.start({ transport: 'ipc' });
    assert.equal(await client.text('1 + 2'), '3');
    await client.stop();
  });
});

describe('a kernel outside any Node project', () => {
  it('finds roarbook and its packages, and their types', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roarbook-outside-'));
    const client = await Client.start({ cwd: folder });
    assert.equal(
      await client.text("import {display} from 'roarbook/kernel'; typeof display.html"),
      "'function'",
    );
    assert.match(
      await client.text("import {table} from 'arquero'; table({a: [1]}).numRows('x')"),
      /error TS2554/,
    );
    await client.stop();
    rmSync(folder, { recursive: true });
  });
});
