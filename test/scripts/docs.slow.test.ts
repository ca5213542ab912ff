import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { publicFunctions } from '../examples/publicFunctions.js';

const root = path.resolve(import.meta.dirname, '../..');

describe('npm run docs', () => {
  it("makes a page for every public function, a method's with formula, source, cost and example", () => {
    execFileSync(process.execPath, ['scripts/docs.mjs'], { cwd: root, stdio: 'pipe' });
    const index = readFileSync(path.join(root, 'docs/api/index.html'), 'utf8');
    for (const { name, room } of publicFunctions()) {
      const page = readFileSync(path.join(root, `docs/api/functions/${name}.html`), 'utf8');
      assert.ok(index.includes(`functions/${name}.html`), name);
      if (room !== 'attribution') continue;
      for (const part of [/class="formula"/, />(Source|See also)</, />Cost</, />Example</])
        assert.match(page, part, name);
    }
  });
});
