import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { NotebookProvenance } from '../../src/notebook/provenance.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';
import { builtCli, root } from '../kernel/built.js';
import { codeCell, notebook, shows } from './notebooks.js';

const folder = temporaryFolder();

/** Runs `roarbook` and returns its exit code and what it printed. */
function roarbook(...args: string[]) {
  return roarbookIn(process.cwd(), ...args);
}

/** The same in a working folder. */
function roarbookIn(cwd: string, ...args: string[]) {
  const options = { cwd, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [builtCli(), ...args], options);
  return { status, printed: stdout + stderr };
}

/** A notebook that a headless run has executed. */
function executed(): string {
  const [source, output] = [path.join(folder, 'source.ipynb'), path.join(folder, 'executed.ipynb')];
  const cells = [
    codeCell("console.warn('be careful'); const loss = 0.25;"),
    codeCell('console.log(`loss ${loss}`)'),
    codeCell("console.log(performance.now(), 'ms')", [], { tags: ['timing'] }),
  ].map((cell, i) => ({ ...cell, id: `cell-${i}` }));
  writeFileSync(source, JSON.stringify(notebook(cells)));
  const python = path.join(root, '.venv', 'bin', 'python');
  const run = spawnSync(python, ['scripts/run_notebook.py', source, output, '{}'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  return output;
}

describe('roarbook verify', () => {
  const file = executed();

  it('reruns, repeats warnings, names the one number that was changed, and fails', () => {
    const changed = path.join(folder, 'changed.ipynb');
    writeFileSync(changed, readFileSync(file, 'utf8').replace('loss 0.25', 'loss 0.24'));
    const { status, printed } = roarbook('verify', changed);
    assert.equal(status, 1, printed);
    assert.match(printed, /Everything was computed anew\.\nSame device \(.*\): compared exactly\./);
    assert.match(printed, /The rerun said: be careful/);
    assert.match(
      printed,
      /: the rerun differs\.\n {2}cell 2 \(console\.log.*\)\n {4}printed text: stored 0\.24, rerun 0\.25 \(by 0\.01\)\n$/,
    );
  });

  it('claims nothing of what it did not compare: a loss that only the stored progress shows', () => {
    const trained = path.join(folder, 'trained.ipynb');
    const stored = JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof notebook>;
    const mime = 'application/vnd.roarbook.progress+json';
    const line = shows({ [mime]: { ended: true }, 'text/plain': 'trained: loss 0.38' });
    const cells = stored.cells.map((cell, i) =>
      i === 0 ? { ...cell, outputs: [...(cell.outputs ?? []), line] } : cell,
    );
    writeFileSync(trained, JSON.stringify({ ...stored, cells }));
    const { status, printed } = roarbook('verify', trained);
    assert.equal(status, 0, printed);
    assert.match(printed, /\nNot compared: the last line of 1 progress display \(losses, accuracies\)/);
    assert.match(printed, /trained\.ipynb: all numbers, tables and figures that were compared agree\.\n$/);
  });

  it("reads the store of the working folder for a notebook that lies elsewhere, and says which, or that there's none", () => {
    const project = path.join(folder, 'project');
    mkdirSync(project);
    const none = roarbookIn(project, 'verify', file, '--from-cache');
    assert.equal(none.status, 0, none.printed);
    assert.match(
      none.printed,
      /--from-cache: .*project\/\.roarbook is no store of results\.\nEverything was/,
    );
    mkdirSync(path.join(project, '.roarbook'));
    const { printed } = roarbookIn(project, 'verify', file, '--from-cache');
    assert.match(printed, /from the store .*project\/\.roarbook \(--from-cache\); none was computed anew\./);
    assert.ok(!existsSync(path.join(folder, '.roarbook')));
  });

  it('is told from diff that a notebook equals itself', () => {
    const { status, printed } = roarbook('diff', file, file);
    assert.equal(status, 0);
    assert.match(printed, /show the same numbers, tables and figures/);
  });

  it('keeps where the numbers come from in the metadata and in a folded cell', () => {
    const { metadata, cells } = JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof notebook>;
    const noted = metadata['roarbook'] as {
      provenance: NotebookProvenance;
      seconds: Record<string, number>;
    };
    assert.equal(noted.provenance.node, process.versions.node);
    for (const id of ['cell-0', 'cell-1', 'cell-2']) assert.ok((noted.seconds[id] ?? 0) > 0, id);
    assert.deepEqual(
      noted.provenance.cells.map(({ cell }) => cell),
      [1, 2, 3],
    );
    const last = cells.at(-1);
    assert.deepEqual(last?.metadata['jupyter'], { source_hidden: true });
    const shown = JSON.stringify(last?.outputs);
    assert.match(shown, /<details><summary>Where these numbers come from/);
    assert.match(shown, /Time per cell<.{0,120}>\[1\] \d+\.\d\d s, \[2\] \d+\.\d\d s, \[3\] \d+\.\d\d s</);
  });

  it('names what is no executed notebook of this kernel', () => {
    const refused = (content: object, message: RegExp) => {
      const other = path.join(folder, 'other.ipynb');
      writeFileSync(other, JSON.stringify(content));
      const { status, printed } = roarbook('verify', other);
      assert.equal(status, 1);
      assert.match(printed, message);
    };
    refused(notebook([codeCell('1')]), /must have been executed, got no output/);
    refused(
      notebook([codeCell('1')], { kernelspec: { name: 'python3' } }),
      /must be a notebook of the kernel roarbook, got python3\n$/,
    );
    refused(notebook([], { kernelspec: undefined }), /kernel roarbook, got none/);
    refused({ nbformat: 3 }, /must be a notebook of nbformat 4, got something else/);
  });

  it('says how it is used', () => {
    assert.deepEqual(roarbook('verify'), {
      status: 1,
      printed:
        'roarbook: verify: files must be notebook.ipynb, got none; usage: roarbook verify notebook.ipynb [--from-cache] [--tolerance 0.05]\n',
    });
  });
});
