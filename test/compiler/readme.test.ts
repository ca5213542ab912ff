import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, it } from 'node:test';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe("the compiler's README", () => {
  it('has an example that runs as it is printed and learns', async () => {
    const readme = await readFile(join(root, 'src/compiler/README.md'), 'utf8');
    const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';
    assert.ok(example.split('\n').filter((line) => line !== '').length <= 20);
    const project = await mkdtemp(join(tmpdir(), 'roarbook-readme-'));
    try {
      await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
      const source = JSON.stringify(join(root, 'src/compiler/index.ts'));
      await writeFile(join(project, 'circle.mjs'), example.replace("'roarbook/compiler'", source));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', join(project, 'circle.mjs')],
        { cwd: root, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' } },
      );
      const losses = [...stdout.matchAll(/^\d+ ([\d.]+)$/gm)].map(([, loss]) => Number(loss));
      assert.equal(losses.length, 6);
      // ln 2 is what guessing gets.
      assert.ok((losses[5] ?? NaN) < 0.35, `the losses were ${losses.join(', ')}`);
    } finally {
      await rm(project, { recursive: true });
    }
  });
});
