import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { build } from '../../src/compiler/build.js';
import { removeFunction } from '../../src/compiler/emit.js';
import { constants, repeat } from '../../src/compiler/index.js';
import { nodeBackend, type Binding } from '../../src/compiler/native.js';
import { convolve, norms, recorded, weightsOf, type Recorded } from './passes/norms.js';

/** The binding with a list of its tensors and functions that are alive, which refuses to add the n-th function. */
function refusing(n: number): { binding: Binding; alive: Set<number | string> } {
  const { binding } = nodeBackend();
  const alive = new Set<number | string>();
  let added = 0;
  const value = <T>(value: T) => ({ value });
  const watched = {
    createTensor: value<Binding['createTensor']>((...given) => {
      const id = binding.createTensor(...given);
      alive.add(id);
      return id;
    }),
    executeOp: value<Binding['executeOp']>((...given) => {
      const results = binding.executeOp(...given);
      for (const { id } of results) alive.add(id);
      return results;
    }),
    addFunction: value<Binding['addFunction']>((...given) => {
      if (++added === n) throw new Error('refused');
      alive.add(given[1]);
      return binding.addFunction(...given);
    }),
    deleteTensor: value<Binding['deleteTensor']>((id) => {
      assert.ok(alive.delete(id), `${id} is freed once`);
      binding.deleteTensor(id);
    }),
    removeFunction: value<Binding['removeFunction']>((name) => {
      assert.ok(alive.delete(name), `${name} is freed once`);
      binding.removeFunction(name);
    }),
  };
  return { binding: Object.create(binding, watched) as Binding, alive };
}

describe('build', () => {
  it('leaves no tensor and no function behind where TensorFlow refuses one', () => {
    // Filters and a bias that are computed before, a large constant, a loop and one in it.
    const fn: Recorded = (weights, { x }) => {
      const turn = (x: Tensor) => norms['one factor']!(convolve(x as Tensor4D, weights.filter), weights);
      const twice = (x: Tensor) => repeat(2, { x }, ({ x }) => ({ x: turn(x) })).x;
      const values = Float32Array.from({ length: x.size }, (_, i) => i);
      const start = tf.add(x, tf.tensor(values, x.shape));
      return { outputs: repeat(2, { x: start }, ({ x }) => ({ x: twice(x) })) };
    };
    const graph = recorded(fn);
    const state = constants(weightsOf(16, 1));
    const { handles } = state;
    // What is computed before, the inner loop's condition and body, the outer one's, and the whole; without oneDNN not the first.
    const functions = process.env.TF_ENABLE_ONEDNN_OPTS === '1' ? 6 : 5;
    for (let n = 1; n <= functions; n++) {
      const { binding, alive } = refusing(n);
      assert.throws(() => build(binding, graph, { handles, precision: 'float32' }), /refused/);
      assert.deepEqual([...alive], [], `function ${n}`);
    }
    const { binding, alive } = refusing(functions + 1);
    const native = build(binding, graph, { handles, precision: 'float32' });
    assert.ok(alive.size > functions - 1);
    removeFunction(binding, native);
    assert.deepEqual([...alive], []);
    state.dispose();
  });
});
