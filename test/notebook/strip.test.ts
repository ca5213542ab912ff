import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readNotebook } from '../../src/notebook/notebookFile.js';
import { isStripped, strip } from '../../src/notebook/strip.js';
import { codeCell, notebook, prints } from './notebooks.js';

const folder = path.resolve(import.meta.dirname, '../../notebooks');

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

  for (const name of readdirSync(folder).filter((name) => name.endsWith('.ipynb')))
    it(`was run on notebooks/${name}`, () => {
      const stored = readNotebook('test', path.join(folder, name));
      assert.ok(isStripped(stored), `run: npx roarbook strip notebooks/${name}`);
    });
});
