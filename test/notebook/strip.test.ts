import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readNotebook } from '../../src/notebook/notebookFile.js';
import { isStripped, strip } from '../../src/notebook/strip.js';
import { root } from '../kernel/built.js';
import { codeCell, notebook, prints } from './notebooks.js';

/** The repository's notebooks, in whatever folder. */
const tracked = execFileSync('git', ['ls-files', '-z', '*.ipynb'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter(Boolean);

describe('strip', () => {
  it('removes outputs, counts and what a run added, and keeps the rest', () => {
    const kept = codeCell('x', [prints('1')], { tags: ['parameters'], execution: { started: 'now' } });
    const ran = notebook(
      [
        kept,
        codeCell('y', [], { tags: ['injected-parameters'] }),
        codeCell('z', [], { tags: ['provenance', 'injected-provenance'] }),
      ],
      { roarbook: { seconds: {} } },
    );
    const expected = notebook([
      { ...kept, outputs: [], execution_count: null, metadata: { tags: ['parameters'] } },
    ]);
    assert.deepEqual(strip(ran), expected);
  });

  for (const name of tracked)
    it(`was run on ${name}`, () => {
      const stored = readNotebook('test', path.join(root, name));
      assert.ok(isStripped(stored), `run: npx roarbook strip ${name}`);
    });
});
