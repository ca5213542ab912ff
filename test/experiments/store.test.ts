import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { DataError } from '../../src/errors.js';
import { computedSince } from '../../src/experiments/result.js';
import { Store } from '../../src/experiments/store.js';
import type { Compute } from '../../src/experiments/store.js';
import { keyOf } from '../../src/experiments/task.js';
import type { Task } from '../../src/experiments/task.js';

const folders: string[] = [];
let folder = '';
let computed: string[] = [];

const number: Compute = async ({ task, folder }) => {
  computed.push(task.label);
  writeFileSync(path.join(folder, 'value.json'), JSON.stringify(task.options.value));
};

const sum: Compute = async ({ task, folder, inputs }) => {
  computed.push(task.label);
  const values = Object.values(inputs).map((input) =>
    Number(readFileSync(path.join(input, 'value.json'), 'utf8')),
  );
  writeFileSync(
    path.join(folder, 'value.json'),
    JSON.stringify(values.reduce((total, value) => total + value, 0)),
  );
};

const surroundings = { device: { name: 'CPU' }, code: () => 'one' };
const open = (code = 'one') =>
  new Store({
    folder,
    kinds: { number, sum },
    surroundings: { ...surroundings, code: ({ kind }) => (kind === 'sum' ? code : 'one') },
  });
const leaf = (value: number): Task => ({
  kind: 'number',
  label: `number ${value}`,
  options: { value },
  inputs: {},
});
const total = (...values: number[]): Task => ({
  kind: 'sum',
  label: 'sum',
  options: {},
  inputs: Object.fromEntries(values.map((value, i) => [`x${i}`, leaf(value)])),
});
const read = async (store: Store, task: Task) =>
  Number(readFileSync(path.join((await store.result(task)).folder, 'value.json'), 'utf8'));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'roarbook-store-'));
  folders.push(folder);
  computed = [];
});
after(() => folders.forEach((name) => rmSync(name, { recursive: true })));

describe('Store', () => {
  it('tells how many results came into it since a moment, read ones left out', async () => {
    const past = new Date(Date.now() - 60_000);
    assert.equal(computedSince(folder, 0), 0);
    const { folder: early } = await open().result(leaf(1));
    utimesSync(path.join(early, 'result.json'), past, past);
    assert.equal(await read(open(), total(1, 2)), 3);
    assert.equal(computedSince(folder, past.getTime() + 1), 2);
    assert.equal(computedSince(folder, 0), 3);
  });

  it('computes a task and its inputs once, and reads them back from another process', async () => {
    assert.equal(await read(open(), total(1, 2)), 3);
    assert.deepEqual(computed, ['number 1', 'number 2', 'sum']);
    const again = open();
    assert.equal(await read(again, total(1, 2)), 3);
    assert.equal(computed.length, 3);
    assert.equal((await again.result(total(1, 2))).cached, true);
  });

  it('computes only what a changed option touches', async () => {
    await read(open(), total(1, 2));
    computed = [];
    assert.equal(await read(open(), total(1, 5)), 6);
    assert.deepEqual(computed, ['number 5', 'sum']);
  });

  it('computes again what older code made, and only it', async () => {
    await read(open('one'), total(1, 2));
    computed = [];
    await read(open('two'), total(1, 2));
    assert.deepEqual(computed, ['sum']);
  });

  it('notices a damaged file and computes it again', async (context) => {
    const warn = context.mock.method(console, 'warn', () => {});
    const { folder: result } = await open().result(leaf(7));
    writeFileSync(path.join(result, 'value.json'), '8');
    assert.equal(await read(open(), leaf(7)), 7);
    assert.match(String(warn.mock.calls[0]?.arguments[0]), /was changed or is damaged; it is computed again/);
  });

  it('notices a changed byte of any file, of what says what the result is too, and empty and cut ones', async (context) => {
    context.mock.method(console, 'warn', () => {});
    const { folder: result } = await open().result(leaf(7));
    const whole = Object.fromEntries(
      readdirSync(result).map((name) => [name, readFileSync(path.join(result, name))]),
    );
    for (const [name, bytes] of Object.entries(whole)) {
      const flipped = bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte));
      for (const content of [flipped, bytes.subarray(0, bytes.length >> 1), '']) {
        writeFileSync(path.join(result, name), content);
        computed = [];
        assert.equal(await read(open(), leaf(7)), 7);
        assert.deepEqual(computed, ['number 7'], name);
        for (const [name, bytes] of Object.entries(whole))
          assert.deepEqual(readFileSync(path.join(result, name)), bytes);
      }
    }
  });

  it('leaves no half result when a computation fails', async () => {
    const failing = new Store({
      folder,
      kinds: {
        number: async ({ folder }) => {
          writeFileSync(path.join(folder, 'value.json'), 'half');
          throw new Error('no luck');
        },
      },
      surroundings,
    });
    await assert.rejects(failing.result(leaf(1)), new Error('no luck'));
    assert.equal(failing.has(leaf(1)), false);
    assert.deepEqual(readdirSync(path.join(folder, 'working')), []);
    assert.deepEqual(readdirSync(path.join(folder, 'locks')), []);
  });

  it('takes over the lock of a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const started = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
    const store = open();
    await store.result(leaf(0));
    const lock = path.join(folder, 'locks', keyOf(leaf(1), surroundings));
    const { hostname } = await import('node:os');
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: child.pid, started }));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await read(store, leaf(1)), 1);
  });

  it('takes over a lock that a crashed machine left empty', async () => {
    const store = open();
    await store.result(leaf(0));
    writeFileSync(path.join(folder, 'locks', keyOf(leaf(1), surroundings)), '');
    assert.equal(await read(store, leaf(1)), 1);
  });

  it('removes what a killed process left half done', async () => {
    const store = open();
    await store.result(leaf(0));
    mkdirSync(path.join(folder, 'working', `${keyOf(leaf(1), surroundings)}-killed`));
    mkdirSync(path.join(folder, 'working', `${keyOf(leaf(2), surroundings)}-running`));
    await store.result(leaf(1));
    assert.deepEqual(readdirSync(path.join(folder, 'working')), [`${keyOf(leaf(2), surroundings)}-running`]);
  });

  it('says so where it cannot write', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const store = new Store({ folder: file, kinds: { number }, surroundings });
    await assert.rejects(store.result(leaf(1)), (error) => {
      assert.ok(error instanceof DataError, String(error));
      assert.match(
        error.message,
        /^store: .*file must be a writable folder, got '.*'; choose another one with ROARBOOK_STORE$/,
      );
      return true;
    });
  });

  it('lets one of two stores compute while the other waits', async (context) => {
    context.mock.method(console, 'error', () => {});
    const values = await Promise.all([read(open(), leaf(4)), read(open(), leaf(4))]);
    assert.deepEqual(values, [4, 4]);
    assert.deepEqual(computed, ['number 4']);
  });
});

describe('keyOf', () => {
  it('ignores the label and the order of options, and sees every value', () => {
    const task = (options: Task['options'], label = 'a'): Task => ({
      kind: 'number',
      label,
      options,
      inputs: {},
    });
    const key = (task: Task) => keyOf(task, surroundings);
    assert.equal(key(task({ a: 1, b: 2 })), key(task({ b: 2, a: 1 }, 'other')));
    assert.notEqual(key(task({ a: 1, b: 2 })), key(task({ a: 1, b: 3 })));
    assert.notEqual(key(task({ a: 1 })), keyOf(task({ a: 1 }), { ...surroundings, device: { name: 'GPU' } }));
  });
});
