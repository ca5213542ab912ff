import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const native = fileURLToPath(new URL('../../src/native/index.ts', import.meta.url));

describe('loading TensorFlow', () => {
  it('prints nothing, and what follows is heard', () => {
    const code = `await import(${JSON.stringify(native)}); console.error('heard');`;
    const env = { ...process.env };
    delete env.TF_CPP_MIN_LOG_LEVEL;
    const { stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', code],
      {
        cwd: fileURLToPath(new URL('../../', import.meta.url)),
        env,
        encoding: 'utf8',
      },
    );
    assert.equal(stderr, 'heard\n');
  });
});
