import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';

const packageFolder = path.resolve(import.meta.dirname, '../..');
const environment = (instructions: string) => ({
  // The test runner's own variable would make the child report to it.
  ...{ ...process.env, NODE_TEST_CONTEXT: undefined },
  TF_ENABLE_ONEDNN_OPTS: '1',
  ROARBOOK_SIMD: instructions,
});

/** Convolves as networks with constant filters do, and prints the instructions and the bits of the results. */
const program = `
  import '@tensorflow/tfjs-node-gpu';
  import * as tf from '@tensorflow/tfjs-core';
  import { compile, constants } from './src/compiler/index.ts';
  import { nodeBackend } from './src/compiler/native.ts';
  import { bits, normals } from './test/compiler/functions.ts';
  const results = [[32, 64], [48, 80], [64, 128]].map(([inputs, outputs]) => {
    const state = constants({ filter: normals([3, 3, inputs, outputs], 1), bias: normals([outputs], 2) });
    const step = compile(({ filter, bias }, { x }) =>
      ({ outputs: { y: tf.relu(tf.add(tf.conv2d(x, filter, 1, 'same'), bias)) } }), { state });
    return bits(step.run({ x: normals([5, 9, 7, inputs], 3) }).y);
  });
  console.log(JSON.stringify([nodeBackend().binding.instructions, ...results]));
`;

function resultsWith(instructions: string): string[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { cwd: packageFolder, env: environment(instructions), encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  assert.match(stdout, /^\[/, stderr);
  return JSON.parse(stdout) as string[];
}

function testsPass(instructions: string, ...files: string[]): void {
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--test', ...files], {
    cwd: packageFolder,
    env: environment(instructions),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
}

const fileOf = (name: string) => `test/compiler/${name}.test.ts`;

const [most = '', ...best] = resultsWith('');
const skip = !most.startsWith('avx512') && 'no AVX-512 here';

describe('the instructions of a convolution by Winograd', () => {
  it('give the same bits, AVX-512 or AVX2', { skip }, () => {
    for (const wanted of ['avx512', 'avx2']) {
      const [instructions, ...results] = resultsWith(wanted);
      assert.equal(instructions, wanted);
      assert.deepEqual(results, best);
    }
  });

  it('pass the same tests with AVX2, and without AVX512_BF16', { skip }, () => {
    testsPass('avx2', fileOf('passes/winograd'), fileOf('passes/winogradHalf'));
    testsPass('avx512', fileOf('precision'), fileOf('passes/winogradHalf'));
  });

  it("leave convolutions to TensorFlow where the processor has neither, up to float32's rounding", () => {
    const [instructions, ...results] = resultsWith('none');
    assert.equal(instructions, '');
    assert.notDeepEqual(results, best);
    testsPass('none', ...['constants', 'passes/fusion', 'passes/folding', 'reluGradient'].map(fileOf));
  });
});
