import assert from 'node:assert/strict';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { after, describe, it } from 'node:test';

const packageFolder = path.resolve(import.meta.dirname, '../..');
const project = mkdtempSync(path.join(tmpdir(), 'roarbook-setup-'));
after(() => rmSync(project, { recursive: true }));

/** The packages whose binding the set-up compiles for a project with this tfjs-node. */
function packages(version: string | undefined): string {
  const folder = path.join(project, 'node_modules', '@tensorflow', 'tfjs-node');
  rmSync(folder, { recursive: true, force: true });
  if (version !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ version }));
  }
  const program = `const { tfjsPackages } = await import('./scripts/setup.mjs');
    console.log(tfjsPackages(${JSON.stringify(project)}).map(({ name }) => name).join(' '));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: packageFolder,
    encoding: 'utf8',
  });
  return stdout.trim();
}

describe('the set-up', () => {
  it("compiles the binding of the project's tfjs-node too, where its tensors are those of the compiler", () => {
    const own = '@tensorflow/tfjs-node-gpu';
    assert.equal(packages('4.22.0'), `${own} @tensorflow/tfjs-node`);
    assert.equal(packages('4.21.0'), own);
    assert.equal(packages(undefined), own);
  });

  it('leaves a command that npx can run, also where it was built anew', () => {
    const command = path.join(packageFolder, 'dist', 'cli.js');
    chmodSync(command, 0o644);
    const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
      cwd: packageFolder,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    accessSync(command, constants.X_OK);
  });

  it("lets JupyterLab run its own yarn, though the project's files are ECMAScript modules", () => {
    const program =
      'import jupyter_builder, pathlib; print(pathlib.Path(jupyter_builder.__file__).parent / "yarn.js")';
    const python = path.join(packageFolder, '.venv', 'bin', 'python');
    const yarn = spawnSync(python, ['-c', program], { encoding: 'utf8' }).stdout.trim();
    const { status, stdout, stderr } = spawnSync(process.execPath, [yarn, '--version'], {
      cwd: project,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr.slice(-300));
    assert.match(stdout, /^\d+\./);
  });

  it('gives PDFs letters that LaTeX lacks', () => {
    // Not Markdown, which nbconvert hands to pandoc, a program that need not be there.
    const tex = converted(codeCell('// λ, ε and ℓ2'), ['--to', 'latex']);
    for (const name of ['main', 'mono']) {
      const [, font = '', folder = ''] =
        new RegExp(`set${name}font\\{(\\w+)\\}\\[Path=([^,]+),`).exec(tex) ?? [];
      assert.ok(existsSync(path.join(folder, `${font}.ttf`)), `${name}: ${folder}${font}`);
    }
    assert.ok(tex.includes('\\newunicodechar{ℓ}'));
  });

  it('gives images of the pages that JupyterLab exports their alternative texts, and leaves slides alone', () => {
    const output = {
      output_type: 'display_data',
      data: { 'image/png': 'iVBORw0KGgo=' },
      metadata: { 'image/png': { alt: 'Accuracy "x" < 3', width: 10 } },
    };
    const cell = codeCell('1', [output]);
    const config = path.join(packageFolder, '.venv', 'etc', 'jupyter', 'jupyter_server_config.json');
    const html = converted(cell, ['--config', config, '--to', 'html']);
    assert.match(html, /<img alt='Accuracy "x" &lt; 3'[^>]* width="10"/);
    assert.match(html, /jp-RenderedImage/);
    assert.match(converted(cell, ['--config', config, '--to', 'slides']), /class="slides"/);
  });
});

function codeCell(source: string, outputs: readonly object[] = []): object {
  return { cell_type: 'code', id: 'a', metadata: {}, source, execution_count: 1, outputs };
}

/** What the environment's nbconvert makes of a notebook of one cell. */
function converted(cell: object, options: readonly string[]): string {
  const notebook = path.join(project, 'converted.ipynb');
  writeFileSync(notebook, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  const jupyter = path.join(packageFolder, '.venv', 'bin', 'jupyter');
  const { status, stdout, stderr } = spawnSync(jupyter, ['nbconvert', '--stdout', ...options, notebook], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}
