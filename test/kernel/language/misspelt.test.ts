import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { joined, type NotebookFile } from '../../../src/notebook/notebookFile.js';
import { Session } from '../../../src/kernel/language/session.js';
import { root } from '../built.js';

describe('misspelt options', () => {
  const session = new Session(root);
  let count = 0;
  const run = (code: string) => {
    const converted = session.convert(code, ++count, true);
    session.commit(count, Infinity);
    return converted.ok ? [] : converted.diagnostics;
  };
  const declared = `interface Options { epochs: number; batchSize?: number; attack?: { norm: 'l2'; stepSize?: number } }
declare function train(data: string, options: Options): void;
declare function open(options: { [name: string]: number } | string): void;
const common = { epochs: 1, batchsize: 9 } as const;
const deep = { norm: 'l2', stepsize: 1 } as const;`;
  assert.deepEqual(run(declared), []);

  it('are an error with the nearest name where a spread or a variable brings them', () => {
    for (const code of ["train('x', { ...common })", "train('x', common)"]) {
      const [found, ...more] = run(code);
      assert.match(found?.message ?? '', /'batchsize' does not exist .* Did you mean to write 'batchSize'\?/);
      assert.equal(found?.code, 2561);
      assert.deepEqual(more, []);
    }
    const [nested] = run("train('x', { epochs: 1, attack: { ...deep } })");
    assert.match(nested?.message ?? '', /'stepsize' .* 'stepSize'/);
  });

  it('are shown where the cell wrote them', () => {
    const [found] = run("const own = { epochs: 1, batchsize: 9 };\ntrain('x', { ...own })");
    assert.deepEqual([found?.line, found?.character, found?.length], [0, 25, 9]);
  });

  it('are told once where the compiler tells them itself', () => {
    assert.equal(run("train('x', { epochs: 1, batchsize: 9 })").length, 1);
  });

  it('are not what an object holds for others, or what may have any name', () => {
    assert.deepEqual(
      run("const more = { epochs: 1, title: 'x', batchSize: 1, batchSizes: 2 }; train('x', more)"),
      [],
    );
    assert.deepEqual(run('open({ ...common, epoch: 1 })'), []);
    assert.deepEqual(run("const any: any = { epochs: 1, batchsize: 9 }; train('x', any)"), []);
  });

  for (const name of readdirSync(path.join(root, 'notebooks')).filter((file) => file.endsWith('.ipynb')))
    it(`are not in ${name}`, () => {
      const own = new Session(path.join(root, 'notebooks'));
      const { cells } = JSON.parse(readFileSync(path.join(root, 'notebooks', name), 'utf8')) as NotebookFile;
      cells
        .filter((cell) => cell.cell_type === 'code')
        .forEach((cell, i) => {
          assert.deepEqual(own.convert(joined(cell.source), i + 1, true).ok, true, joined(cell.source));
          own.commit(i + 1, Infinity);
        });
    });
});
