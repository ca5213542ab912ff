import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { builtCli, root } from './built.js';

const python = join(root, '.venv', 'bin', 'python');

describe('real clients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roarbook-clients-'));
  const env = {
    ...process.env,
    JUPYTER_PATH: join(folder, 'prefix', 'share', 'jupyter'),
    ROARBOOK_HISTORY: join(folder, 'history.jsonl'),
    PYTHONPATH: join(root, 'python'),
  };
  before(() => {
    execFileSync(process.execPath, [builtCli(), 'kernel', 'install', '--prefix', join(folder, 'prefix')]);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('run notebooks: nbclient, nbconvert and papermill with parameters', () => {
    const { stdout, stderr } = spawnSync(python, [join(root, 'test/kernel/python/clients.py'), folder], {
      env,
      encoding: 'utf8',
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{') || /^["[]/.test(line));
    assert.equal(lines.length, 4, stdout + stderr);
    const [nbclient, failure, nbconvert, papermill] = lines.map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(nbclient, {
      lines: true,
      order: ['stream', 'display_data', 'stream'],
      vega: ['application/vnd.vegalite.v5+json', 'text/plain'],
    });
    assert.deepEqual(failure, ['TypeScriptError', '']);
    assert.equal(nbconvert, '2');
    assert.equal(papermill, `[ 42, \`a 'b'\\n"c"\` ]`);
  });

  for (const [place, cwd] of [
    ['inside a Node project', root],
    ['outside any', folder],
  ] as const)
    it(`pass all 12 of jupyter_kernel_test ${place}`, () => {
      const { stderr } = spawnSync(python, [join(root, 'test/kernel/python/protocol.py')], {
        env: { ...env, ROARBOOK_TEST_FOLDER: cwd },
        encoding: 'utf8',
      });
      assert.match(stderr, /Ran 12 tests in [\d.]+s\n\nOK\n$/);
    });
});
