import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { History } from '../../src/kernel/history.js';

function fileFor(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'roarbook-test-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'history.jsonl');
}

describe('the history of cells', () => {
  it('gives two kernels that start together their own session numbers', (test) => {
    const path = fileFor(test);
    const [first, second] = [new History(path), new History(path)];
    second.add(1, 'b');
    first.add(1, 'a');
    assert.deepEqual(first.range(0, { start: 1, stop: 9, output: false }), [[1, 1, 'a']]);
    assert.deepEqual(second.range(-1, { start: 1, stop: 9, output: true }), [[1, 1, ['a', null]]]);
    assert.deepEqual(second.tail(5, false), [
      [2, 1, 'b'],
      [1, 1, 'a'],
    ]);
  });

  it('counts on after a cell that is longer than what it reads of the end', (test) => {
    const path = fileFor(test);
    new History(path).add(1, 'x'.repeat(100_000));
    writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(1).join('\n'));
    assert.equal(new History(path).session, 2);
  });

  it('keeps the newer half of a file of more than 8 MiB', (test) => {
    const path = fileFor(test);
    const line = (n: number) => JSON.stringify({ session: 1, line: n, source: 'x'.repeat(990) });
    writeFileSync(path, Array.from({ length: 9000 }, (_, n) => `${line(n + 1)}\n`).join(''));
    const history = new History(path);
    assert.ok(statSync(path).size <= 4 << 20);
    assert.equal(history.session, 2);
    assert.equal(history.tail(1, false)[0]?.[1], 9000);
  });

  it('costs no cell where it cannot be written', () => {
    const history = new History('/dev/null/history.jsonl');
    history.add(1, 'a');
    assert.deepEqual(history.tail(1, false), []);
  });
});
