import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { sections } from '../../src/experiments/sections/index.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

const root = path.resolve(import.meta.dirname, '../..');
const notebooks = ['tour.ipynb', ...Object.values(sections).map(({ notebook }) => notebook)];

interface Cell {
  readonly source: string;
  readonly outputs?: readonly { output_type: string; data?: Record<string, unknown> }[];
}

/** The smoke profile; what it printed. */
async function reproduce(what: readonly string[], store: string, out: string): Promise<string> {
  const args = ['dist/cli.js', 'reproduce', '--profile', 'smoke', ...what, '--out', out];
  const env = { ...process.env, ROARBOOK_STORE: store };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0, text.slice(-5000));
  return text;
}

function outputsOf(file: string) {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as { cells: Cell[] };
  return cells.flatMap(({ outputs = [] }) => outputs);
}

describe('reproduce --profile smoke --all', () => {
  const [store, first, second] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];

  it('executes every notebook without an error, each with its figures', async () => {
    await reproduce(['--all'], store, first);
    for (const notebook of notebooks) {
      const outputs = outputsOf(path.join(first, notebook));
      assert.deepEqual(
        outputs.filter(({ output_type }) => output_type === 'error'),
        [],
      );
      assert.ok(outputs.filter(({ data }) => data?.['image/png']).length > 0, `a figure in ${notebook}`);
      assert.ok(existsSync(path.join(first, notebook.replace('.ipynb', '.html'))));
    }
  });

  it('writes one page with every section, figures drawn in it, and published numbers beside ours', () => {
    const page = readFileSync(path.join(first, 'index.html'), 'utf8');
    const [, ...parts] = page.split('<section id="');
    assert.deepEqual(
      parts.map((part) => part.slice(0, part.indexOf('"'))),
      [...Object.keys(sections), 'provenance'],
    );
    for (const part of parts.slice(0, -1)) {
      assert.match(part, /<figure>.*<svg role="img"/s);
      assert.match(part, /[Pp]ublished|paper/);
      assert.match(part, /class="badge/);
    }
    for (const [, picture = ''] of page.matchAll(/href="([^"#:]+)"/g))
      assert.ok(existsSync(path.join(first, picture)), picture);
  });

  it('reads everything back when run again', async () => {
    // The main paper's models are those of other sections too.
    const text = await reproduce(['--only', 'main'], store, second);
    assert.doesNotMatch(text, /: loss \d/);
    const numbers = (out: string) => JSON.parse(readFileSync(path.join(out, 'main.json'), 'utf8')) as object;
    assert.deepEqual(numbers(second), numbers(first));
  });
});
