import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { DataError } from '../../src/errors.js';
import { codeHash } from '../../src/experiments/code.js';

describe('codeHash', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-code-'));
  after(() => rmSync(folder, { recursive: true }));

  it('looks at no file again, so that the package can be built while tasks run', () => {
    const file = path.join(folder, 'kind.js');
    writeFileSync(file, "import { used } from './used.js';\n");
    writeFileSync(path.join(folder, 'used.js'), 'export const used = 1;\n');
    const hash = codeHash([pathToFileURL(file)]);
    assert.match(hash, /^[0-9a-f]{64}$/);
    rmSync(file);
    assert.equal(codeHash([pathToFileURL(file)]), hash);
  });

  it('says what to do where a file is missing', () => {
    const missing = pathToFileURL(path.join(folder, 'missing.js'));
    assert.throws(
      () => codeHash([missing]),
      (error) => error instanceof DataError && error.message.endsWith('wait, then run again'),
    );
  });
});
