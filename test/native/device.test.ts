import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const packageFolder = path.resolve(import.meta.dirname, '../..');

/** Runs a program that imports the native runtime in a process of its own. */
function run(program: string, env: NodeJS.ProcessEnv = {}) {
  const code = `const native = await import('./src/native/index.ts'); ${program}`;
  const rest = { ...process.env };
  delete rest.TF_CPP_MIN_LOG_LEVEL;
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: packageFolder,
    env: { ...rest, ...env },
    encoding: 'utf8',
  });
}

describe('device', () => {
  it('names what computes and its thread count, and TensorFlow prints nothing', () => {
    const { stdout, stderr } = run('console.log(native.device())', {
      ROARBOOK_DEVICE: 'cpu',
      TF_NUM_INTRAOP_THREADS: '3',
      TF_ENABLE_ONEDNN_OPTS: '1',
    });
    assert.equal(stdout, 'CPU, 3 threads, TensorFlow 2.21.0\n');
    assert.equal(stderr, '');
  });

  it('refuses to compute on the CPU when a GPU was asked for and none can be used', () => {
    const { stderr, status } = run('', { ROARBOOK_DEVICE: 'gpu', CUDA_VISIBLE_DEVICES: '-1' });
    const reason = existsSync('/proc/driver/nvidia/version')
      ? 'TensorFlow cannot use it; TF_CPP_MIN_LOG_LEVEL=0 shows its reason'
      : "no NVIDIA driver is loaded here (a container gets the host's by `docker run --gpus all`)";
    const said = `NativeError: roarbook: a GPU was asked for or found at the set-up, but ${reason}`;
    assert.ok(stderr.includes(said), stderr);
    assert.match(stderr, /ROARBOOK_DEVICE=cpu computes on the CPU/);
    assert.equal(status, 1);
  });
});
