import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attribute, Binding } from '../../src/compiler/native.js';
import { call } from '../../src/compiler/nativeGraph.js';

describe('call', () => {
  /** The executor that a call of a function with these parts asks for. */
  function executor({ threads = '2', parts = [] as string[], gpu = false }): unknown {
    let asked: readonly Attribute[] = [];
    const binding = {
      isUsingGpuDevice: () => gpu,
      executeOp: (_: string, attributes: readonly Attribute[]) => ((asked = attributes), []),
    } as unknown as Binding;
    const old = process.env['TF_NUM_INTRAOP_THREADS'];
    process.env['TF_NUM_INTRAOP_THREADS'] = threads;
    try {
      call(binding, { name: 'step', outputs: 0, parts }, []);
    } finally {
      if (old === undefined) delete process.env['TF_NUM_INTRAOP_THREADS'];
      else process.env['TF_NUM_INTRAOP_THREADS'] = old;
    }
    return asked.find(({ name }) => name === 'executor_type')?.value;
  }

  it('runs one operation after the other on up to two cores', () => {
    assert.equal(executor({}), 'SINGLE_THREADED_EXECUTOR');
    assert.equal(executor({ threads: '1' }), 'SINGLE_THREADED_EXECUTOR');
  });

  it('leaves more cores, loops and a GPU to TensorFlow', () => {
    for (const other of [{ threads: '4' }, { parts: ['body'] }, { gpu: true }])
      assert.equal(executor(other), undefined);
  });
});
