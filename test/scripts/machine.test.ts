import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';

const packageFolder = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-machine-'));
after(() => rmSync(folder, { recursive: true }));

/** Calls a function of scripts/machine.mjs in a process with other surroundings; what it returned or threw. */
function call(expression: string, env: NodeJS.ProcessEnv): string {
  const program = `const m = await import('./scripts/machine.mjs');
    try { console.log(await m.${expression}); } catch (error) { console.log(error.message); }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: packageFolder,
    env,
    encoding: 'utf8',
  });
  return stdout.trim();
}

describe('the set-up', () => {
  it('names the packages that bring a missing compiler', () => {
    assert.match(
      call('findCompiler()', { PATH: folder }),
      /^A C\+\+ compiler is needed.*sudo apt install g\+\+/,
    );
  });

  it('takes the compiler that $CXX names', () => {
    symlinkSync('/bin/true', path.join(folder, 'my-compiler'));
    assert.equal(call('findCompiler()', { PATH: folder, CXX: 'my-compiler' }), 'my-compiler');
  });

  it('says what is wrong with the Pythons it found', () => {
    const python = path.join(folder, 'python3');
    writeFileSync(python, '#!/bin/sh\necho 3.9\n');
    chmodSync(python, 0o755);
    assert.match(
      call('findPython()', { PATH: folder }),
      /^Python ≥ 3\.10 with venv is needed.*python3 is 3\.9/,
    );
    writeFileSync(
      python,
      '#!/bin/sh\necho "ModuleNotFoundError: No module named \'ensurepip\'" >&2; exit 1\n',
    );
    assert.match(
      call('findPython()', { PATH: folder }),
      /python3 has no ensurepip.*apt install python3 python3-venv/,
    );
  });

  it('refuses a device that it does not know', () => {
    assert.equal(
      call('wantedDevice()', { ROARBOOK_DEVICE: 'tpu' }),
      "ROARBOOK_DEVICE must be cpu or gpu, got 'tpu'.",
    );
  });

  it('says how much room is missing where', () => {
    assert.match(
      call(`checkSpace('${folder}', 1e12, 'A download')`, process.env),
      /^A download needs 1000000000000 MB free in .*, there are \d+ MB: make room/,
    );
  });
});
