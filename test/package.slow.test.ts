import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';

const packageFolder = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-package-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a command in the empty project; npm's settings of this checkout do not reach it. */
async function run(command: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env });
  return stdout;
}

describe('the package, installed into an empty project', () => {
  it('is set up by `npx roarbook setup` and computes', { timeout: 600_000 }, async () => {
    const packed = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: packageFolder,
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    writeFileSync(path.join(folder, 'package.json'), '{"name": "somebody", "private": true}');
    await run('npm', 'install', '--ignore-scripts', `./${filename}`);
    assert.match(await run('npx', 'roarbook', 'setup'), /Everything is there/);
    writeFileSync(
      path.join(folder, 'try.mjs'),
      `import { device, resnet, saliency, seeded, shapes } from 'roarbook';
       import * as tf from '@tensorflow/tfjs-node-gpu';
       const model = resnet({ random: seeded(1) });
       const maps = await saliency(model, tf.zeros([2, 32, 32, 3]));
       console.log(device(), maps.shape.join('×'), shapes({ count: 10, random: seeded(1) }).train.labels.length);`,
    );
    assert.match(await run('node', 'try.mjs'), /^CPU, \d+ threads, TensorFlow 2\.21\.0 2×32×32×3 10\n$/);
  });
});
