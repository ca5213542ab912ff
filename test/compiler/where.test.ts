import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { builtCli, root } from '../kernel/built.js';

it("names the caller's line where stacks are mapped to sources", (test) => {
  builtCli();
  const folder = mkdtempSync(join(tmpdir(), 'roarbook-where-'));
  test.after(() => rmSync(folder, { recursive: true }));
  const script = join(folder, 'reads.mjs');
  writeFileSync(
    script,
    `import { compile } from ${JSON.stringify(join(root, 'dist/compiler/index.js'))};
     import ${JSON.stringify(join(root, 'node_modules/@tensorflow/tfjs-node-gpu/dist/index.js'))};
     compile((_, { x }) => ({ outputs: { x: x.dataSync() } }), { state: {} }).run({ x: 1 });`,
  );
  const { stderr } = spawnSync(process.execPath, ['--enable-source-maps', script], { encoding: 'utf8' });
  assert.match(stderr, /ArgumentError: compile: .* got a read in tensor\.dataSync at .*reads\.mjs:3;/);
});
