import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

const root = path.resolve(import.meta.dirname, '../..');
const notebook = 'notebooks/attribution-gallery.ipynb';

interface Cell {
  outputs?: { data?: Record<string, unknown> }[];
}
const cellsOf = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as { cells: Cell[] }).cells;

describe('the attribution gallery', () => {
  it('is stored without outputs', () => {
    assert.ok(cellsOf(path.join(root, notebook)).every(({ outputs = [] }) => outputs.length === 0));
  });

  it('runs headless in the smoke profile, draws a grid and measures all fifteen methods', () => {
    const output = path.join(temporaryFolder(), 'gallery.ipynb');
    const parameters = JSON.stringify({ profileName: 'smoke', dataset: 'shapes' });
    const python = path.join(root, '.venv', 'bin', 'python');
    const run = spawnSync(python, ['scripts/run_notebook.py', notebook, output, parameters], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    const shown = cellsOf(output).flatMap(({ outputs = [] }) => outputs);
    assert.equal(shown.filter(({ data }) => data?.['image/png']).length, 1);
    const table = shown
      .map(({ data }) => data?.['text/latex'])
      .filter(Boolean)
      .at(-1);
    // Fifteen methods, and the heads.
    assert.equal(
      [table]
        .flat()
        .join('')
        .match(/\\\\\n/g)?.length,
      16,
    );
  });
});
