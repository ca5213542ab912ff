import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { profile } from '../../src/experiments/profiles.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';
import { root } from '../kernel/built.js';
import { codeCell, notebook } from './notebooks.js';

interface Cell {
  source: string[];
}

/** The cell that a section's notebook opens its section in. */
function opening(): string {
  const { cells } = JSON.parse(readFileSync(path.join(root, 'notebooks/a3-defenses.ipynb'), 'utf8')) as {
    cells: Cell[];
  };
  const found = cells.map(({ source }) => [source].flat().join('')).find((text) => text.includes('section('));
  return `${found?.slice(0, found.indexOf('await'))}\na3.profile`;
}

describe('parameters of a notebook', () => {
  it('may change options that name kinds: a network, a schedule, the norm of a row', () => {
    const folder = temporaryFolder();
    const [source, output] = [path.join(folder, 'in.ipynb'), path.join(folder, 'out.ipynb')];
    const cells = [codeCell('const changes = {};', [], { tags: ['parameters'] }), codeCell(opening())].map(
      (cell, i) => ({ ...cell, id: `cell-${i}` }),
    );
    writeFileSync(source, JSON.stringify(notebook(cells)));
    const changes = {
      network: { kind: 'resnet', stem: 4, widths: [4, 8] },
      training: { ...profile('smoke').training, schedule: 'step' },
      rows: [{ norm: 'linf', epsilon: 0.1, steps: 2, published: 20 }],
    };
    const parameters = JSON.stringify({ profileName: 'smoke', dataset: 'shapes', seeds: [3, 5], changes });
    const python = path.join(root, '.venv', 'bin', 'python');
    const run = spawnSync(python, ['scripts/run_notebook.py', source, output, parameters], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.match(readFileSync(output, 'utf8'), /schedule: 'step'/);
  });
});
