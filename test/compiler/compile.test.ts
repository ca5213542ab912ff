import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { bytes, compile, constants, variables } from '../../src/compiler/index.js';
import { ArgumentError, NativeError } from '../../src/errors.js';
import { bits, functions, normals } from './functions.js';

describe('a compiled function', () => {
  for (const [name, fn] of Object.entries(functions)) {
    it(`equals eager bit for bit: ${name}`, () => {
      const w = normals([8, 8, 3], 100);
      const step = compile(({ w }: { w: Tensor }, { x }: { x: Tensor }) => ({ outputs: { y: fn(x, w) } }), {
        state: { w },
      });
      for (const seed of [1, 2, 3]) {
        tf.tidy(() => {
          const x = normals([4, 8, 8, 3], seed);
          assert.equal(bits(step.run({ x }).y), bits(fn(x, w)));
        });
      }
      assert.equal(step.graphs.length, 1);
      step.dispose();
      w.dispose();
    });
  }

  it('trains as eager does, over 5 steps and bit for bit', () => {
    const train = ({ w, v }: { w: Tensor; v: Tensor }, { x }: { x: Tensor }) => {
      const loss = (w: Tensor) =>
        tf.mean(tf.square(tf.conv2d(x as Tensor4D, w as Tensor4D, 1, 'same'))) as Scalar;
      const { value, grads } = tf.valueAndGrads(loss)([w]);
      const velocity = tf.add(tf.mul(v, 0.9), grads[0] ?? v);
      return { state: { w: tf.sub(w, tf.mul(velocity, 0.1)), v: velocity }, outputs: { loss: value } };
    };
    const first = { w: normals([3, 3, 3, 4], 1), v: tf.zeros([3, 3, 3, 4]) };
    const step = compile(train, { state: first });
    let state: { w: Tensor; v: Tensor } = first;
    for (let i = 0; i < 5; i++) {
      const x = normals([4, 8, 8, 3], i);
      const eager = train(state, { x });
      const compiled = step.run({ x });
      assert.equal(bits(compiled.loss), bits(eager.outputs.loss));
      state = eager.state;
    }
    assert.equal(bits(step.state.get().w), bits(state.w));
    assert.equal(bits(step.state.get().v), bits(state.v));
    step.dispose();
  });

  it('shares variables with another: one writes, the other reads', async () => {
    const weights = variables({ w: tf.tensor1d([1, 2]) });
    const write = compile(({ w }: { w: Tensor }, { x }: { x: Tensor }) => ({ state: { w: tf.add(w, x) } }), {
      state: weights,
    });
    const read = compile(({ w }: { w: Tensor }) => ({ outputs: { sum: tf.sum(w) } }), { state: weights });
    await write({ x: 3 });
    assert.deepEqual([...(await read()).sum.dataSync()], [9]);
    write.dispose();
    assert.deepEqual([...read.run().sum.dataSync()], [9]);
    read.dispose();
    weights.dispose();
    assert.throws(() => weights.get(), /^ArgumentError: Variables: they must be alive when they are used/);
  });

  it('takes a tree of shared and own variables, and swaps two of them', () => {
    const weights = variables({ a: tf.scalar(1), b: tf.scalar(2) });
    const swap = compile(
      ({ shared, count }: { shared: { a: Tensor; b: Tensor }; count: Tensor }) => ({
        state: { shared: { a: shared.b, b: shared.a }, count: tf.add(count, 1) },
        outputs: { nested: { old: shared.a } },
      }),
      { state: { shared: weights, count: tf.scalar(0) } },
    );
    assert.deepEqual(swap.state.names, ['shared/a', 'shared/b', 'count']);
    assert.deepEqual([...swap.run().nested.old.dataSync()], [1]);
    assert.deepEqual([...swap.run().nested.old.dataSync()], [2]);
    swap.run();
    const { shared, count } = swap.state.get();
    assert.deepEqual(
      [shared.a, shared.b, count].map((tensor) => tensor.dataSync()[0]),
      [2, 1, 3],
    );
    swap.dispose();
    assert.equal(weights.get().a.dataSync()[0], 2);
    weights.dispose();
  });

  it('sets what is handed in and keeps the rest', () => {
    const weights = variables({ a: tf.tensor1d([1, 2]), b: tf.scalar(3) });
    const values = tf.tensor1d([5, 6]);
    weights.set({ a: values });
    assert.deepEqual([...weights.get().a.dataSync()], [5, 6]);
    assert.deepEqual([...weights.get().b.dataSync()], [3]);
    assert.throws(
      () => weights.set({ b: values }),
      new ArgumentError("Variables.set: 'b' must be of its type and shape [], got float32 [2]"),
    );
    weights.dispose();
  });

  it('does not change with the array that its state was made from', () => {
    const values = new Float32Array(1024).fill(1);
    const weights = variables({ a: tf.tensor1d(values) });
    values.fill(9);
    const grow = compile(({ a }: { a: Tensor }) => ({ state: { a: tf.add(a, 1) } }), { state: weights });
    grow.run();
    assert.equal(weights.get().a.dataSync()[0], 2);
    assert.equal(values[0], 9);
    grow.dispose();
    weights.dispose();
  });

  it('records once for each shape', () => {
    let calls = 0;
    const step = compile((_: object, { x }: { x: Tensor }) => {
      calls++;
      return { outputs: { y: tf.square(x) } };
    });
    for (const size of [2, 3, 2, 3, 2]) step.run({ x: new Float32Array(size).fill(2) }).y.dispose();
    assert.equal(step.graphs.length, 2);
    // Twice each: the second recording proves that the function does the same again.
    assert.equal(calls, 4);
    step.dispose();
  });

  it('keeps bytes on the device and gathers from them', () => {
    const images = bytes(Uint8Array.from([0, 51, 255, 102]), [2, 2]);
    const step = compile(
      ({ images }: { images: Tensor }, { indices }: { indices: Tensor }) => ({
        outputs: { batch: tf.div(tf.cast(tf.gather(images, tf.cast(indices, 'int32')), 'float32'), 255) },
      }),
      { state: { images } },
    );
    assert.deepEqual(
      [...step.run({ indices: Int32Array.of(1, 1, 0) }).batch.dataSync()].map((x) => Math.fround(x)),
      [1, 0.4, 1, 0.4, 0, 0.2].map(Math.fround),
    );
    assert.deepEqual([...step.state.get().images.dataSync()], [0, 51, 255, 102]);
    step.dispose();
    images.dispose();
  });

  it('hands out bytes as int32', () => {
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { x } }));
    const { x } = step.run({ x: Uint8Array.of(1, 255) });
    assert.deepEqual([x.dtype, ...x.dataSync()], ['int32', 1, 255]);
    step.dispose();
  });

  it('goes on as eager does where the function catches what TensorFlow refuses', () => {
    const step = compile((_: object, { x }: { x: Tensor }) => {
      try {
        return { outputs: { y: tf.matMul(tf.ones([2, 3]), tf.ones([4, 5])) } };
      } catch {
        return { outputs: { y: tf.mul(x, 2) } };
      }
    });
    assert.deepEqual([...step.run({ x: 3 }).y.dataSync()], [6]);
    step.dispose();
  });

  it('frees what the function keeps, variables too', () => {
    const before = tf.memory().numTensors;
    const step = compile((_: object, { x }: { x: Tensor }) => {
      const slope = tf.variable(tf.scalar(2), true, 'slope');
      tf.keep(tf.square(x));
      return { outputs: { y: tf.variableGrads(() => tf.sum(tf.mul(x, slope))).value } };
    });
    assert.deepEqual([...step.run({ x: Float32Array.of(1, 2) }).y.dataSync()], [6]);
    // The output itself.
    assert.equal(tf.memory().numTensors, before + 1);
    step.dispose();
  });

  it('computes nothing while it records, and stores uniform constants as one number', () => {
    const step = compile(
      (_: object, { x }: { x: Tensor }) => ({ outputs: { y: tf.add(x, tf.zeros([512, 512, 64])) } }),
      // 16 M entries: recording must not allocate results.
      { inputs: { x: 1 } },
    );
    assert.ok(step.graphs[0] && step.graphs[0].bytes < 2000);
    step.dispose();
  });

  it('leaves no tensors behind, neither here nor in TensorFlow', () => {
    const backend = tf.backend() as unknown as { getNumOfTFTensors(): number };
    const count = () => [tf.memory().numTensors, backend.getNumOfTFTensors()];
    const before = count();
    for (let i = 0; i < 3; i++) {
      const w = normals([3, 3, 3, 5], 1);
      const step = compile(
        ({ w }: { w: Tensor }, { x }: { x: Tensor }) => {
          const y = tf.grad((x) => tf.sum(tf.conv2d(x as Tensor4D, w as Tensor4D, 1, 'same')))(x);
          const large = tf.tensor1d(Float32Array.from({ length: 10_000 }, (_, i) => i));
          return { state: { w: tf.mul(w, 0.5) }, outputs: { y, z: tf.sum(large) } };
        },
        { state: { w } },
      );
      for (const size of [4, 8]) tf.dispose(step.run({ x: tf.tidy(() => normals([1, size, size, 3], 1)) }));
      step.dispose();
      w.dispose();
    }
    // The caller's 6 inputs are left. Their values are not used, so TensorFlow never got them.
    const [tensors = 0, native] = before;
    assert.deepEqual(count(), [tensors + 6, native]);
  });
});

describe('with constants that TensorFlow refuses to compute with', () => {
  it('compile says so, and what TensorFlow says', () => {
    const state = constants({ w: tf.ones([3]) });
    const step = compile(
      ({ w }: { w: Tensor }, { x }: { x: Tensor }) => ({
        outputs: { y: tf.mul(x, tf.gather(w, tf.tensor1d([7], 'int32'))) },
      }),
      { state },
    );
    // Without oneDNN, where all is computed as eagerly, it is the step that fails.
    assert.throws(() => step.run({ x: 1 }), {
      name: 'NativeError',
      message:
        /^compile: TensorFlow must (compute what is made of constants only|run .*), got ".*7 is not in \[0, 3\)/s,
    });
    step.dispose();
    state.dispose();
  });
});

describe('without its functions in the binding', () => {
  it('compile names the command that puts them there', () => {
    const backend = tf.backend() as unknown as { binding: object };
    const { binding } = backend;
    // The stock exports, from which the extended binding inherits.
    backend.binding = Object.getPrototypeOf(binding) as object;
    try {
      assert.throws(
        () => compile(() => ({})),
        new NativeError(
          "compile: TensorFlow's binding must have Roarbook's functions, got the stock one; run `npx roarbook setup`",
        ),
      );
    } finally {
      backend.binding = binding;
    }
  });
});

describe('with another backend', () => {
  it('a step names the one that it must have', async () => {
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { x } }), { inputs: { x: 1 } });
    tf.registerBackend('other', () => Object.assign(new tf.KernelBackend(), { dispose: () => {} }));
    try {
      await tf.setBackend('other');
      assert.throws(() => step.run({ x: 1 }), {
        name: 'NativeError',
        message:
          /got 'other'; import @tensorflow\/tfjs-node-gpu .* first, or tf\.setBackend\('tensorflow'\)$/,
      });
    } finally {
      await tf.setBackend('tensorflow');
      tf.removeBackend('other');
    }
  });
});
