import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { bytes, compile, variables, type Step } from '../../src/compiler/index.js';
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

/** JavaScript's own random numbers, which users may draw although this package may not. */
// eslint-disable-next-line no-restricted-properties
const forbidden = () => Math.random();

describe('compile refuses', () => {
  const x = tf.tensor1d([1, 2, 3]);
  const outside = tf.tensor1d([1, 2, 3]);
  const used = tf.tensor1d([1, 2, 3]);
  tf.neg(used).dispose();
  after(() => tf.dispose([x, outside, used]));
  const refuses = (fn: (x: Tensor) => Tensor, contract: RegExp) => {
    const step: Step<object, { x: Tensor }, { y: Tensor }> = compile((_: object, { x }: { x: Tensor }) => ({
      outputs: { y: fn(x) },
    }));
    const before = tf.memory().numTensors;
    assert.throws(() => step.run({ x }), { name: 'ArgumentError', message: contract });
    assert.equal(tf.memory().numTensors, before);
    // What the recording redirected is back in place.
    assert.equal(typeof forbidden(), 'number');
    assert.deepEqual([...tf.add(x, outside).dataSync()], [2, 4, 6]);
    step.dispose();
  };

  it('a tensor from outside, used before or not, and names operation and line', () => {
    const message =
      /^compile: every tensor must come from the state or the inputs, got another one.* in tf\.add at .*compile\.test\.ts:\d+; declare it in `state` or `inputs`, or create it inside the function$/;
    refuses((x) => tf.add(x, outside), message);
    refuses((x) => tf.add(x, used), message);
  });

  it('values read inside', () => {
    refuses(
      (x) => ((tf.sum(x).dataSync()[0] ?? 0) > 0 ? x : tf.neg(x)),
      /^compile: a tensor's values must not be read while the function is recorded, got a read in tensor\.dataSync at .*compile\.test\.ts:\d+; return the tensor as an output and read it after the call; for a branch use tf\.where$/,
    );
    refuses((x) => tf.add(x, outside.arraySync() as number[]), /must not be read/);
  });

  it('values that are waited for inside, also where nobody waits for the answer', () => {
    const message = /^compile: a tensor's values must not be read while the function is recorded/;
    refuses((x) => (void tf.sum(x).data(), x), message);
    refuses((x) => (void tf.whereAsync(tf.greater(x, 0)), x), message);
  });

  it('shapes that do not fit, in the words of TensorFlow', () => {
    refuses(
      (x) => tf.concat([tf.matMul(tf.ones([2, 3]), tf.reshape(x, [1, 3])), tf.ones([2, 3])], 0),
      /^compile: TensorFlow must accept each operation, got "Dimensions must be equal, but are 3 and 1.*" in tf\.matMul at .*compile\.test\.ts:\d+; make types and shapes fit$/,
    );
  });

  it('what is no function', () => {
    assert.throws(() => compile(3 as never), {
      name: 'ArgumentError',
      message: 'compile: it must be given a function (state, inputs) → {state, outputs}, got a number',
    });
  });

  it('a tensor that an earlier call made', () => {
    let made: Tensor | undefined;
    refuses(
      (x) => tf.add(x, (made ??= tf.keep(tf.square(x)))),
      /^compile: tensors must be alive when they are used, got one that an earlier recording made or that was disposed in tf\.add at .*compile\.test\.ts:\d+; make it anew in each call$/,
    );
  });

  it('random numbers drawn in JavaScript, seeded or not', () => {
    const message =
      /^compile: random numbers must not be drawn in JavaScript while the function is recorded, got a draw in (tf|Math)\.\w+ at .*compile\.test\.ts:\d+; use randomUniform or randomNormal/;
    refuses((x) => tf.add(x, tf.randomNormal([3])), message);
    refuses((x) => tf.add(x, tf.randomUniform([3], 0, 1, 'float32', 7)), message);
    refuses((x) => tf.dropout(x, 0.5), message);
    refuses((x) => tf.mul(x, forbidden()), message);
  });

  it('a function that differs from call to call', () => {
    let calls = 0;
    refuses(
      (x) => tf.mul(x, calls++),
      /^compile: the function must do the same each time, got two recordings that differ in a constant in tf\.mul at .*compile\.test\.ts:\d+; hand what changes/,
    );
  });

  it('shapes that depend on values', () => {
    refuses((x) => tf.unique(x).values, /^compile: shapes must not depend on values, got UniqueV2/);
  });

  it('texts', () => {
    refuses(
      () => tf.expandDims(tf.tensor1d(['a', 'b'])),
      /^compile: tensors must hold numbers or booleans, got string in tf\.expandDims at .*; work on texts outside$/,
    );
  });

  it('an async function', () => {
    // The types forbid it; plain JavaScript does not.
    const fn = (() => Promise.resolve({})) as unknown as () => object;
    assert.throws(() => compile(fn, {}).run({}), {
      message: 'compile: the function must return {state, outputs}, got a promise; it must not be async',
    });
  });

  it('a change of a variable from outside, which stays as it was', () => {
    const variable = tf.variable(tf.tensor1d([4, 5, 6]));
    const message =
      /^compile: tensors from outside must be neither assigned nor disposed, got float32 \[3\] in (variable\.(assign|dispose)|tf\.dispose) at .*compile\.test\.ts:\d+; keep what changes in `state` and return its new value$/;
    refuses((x) => (variable.assign(x as Tensor1D), x), message);
    refuses((x) => (variable.dispose(), x), message);
    refuses((x) => (tf.dispose(outside), x), message);
    assert.deepEqual([...variable.dataSync()], [4, 5, 6]);
    variable.dispose();
  });

  it('results and options in other places, which would be lost without a word', () => {
    const wrong: [unknown, string][] = [
      [x, 'float32 [3]; return {outputs: {…}}'],
      [[x], 'an array; return {outputs: {…}}'],
      [undefined, 'undefined; return {outputs: {…}}'],
      [{ output: { x } }, "'output' too; put it into outputs"],
    ];
    for (const [result, got] of wrong) {
      assert.throws(() => compile(() => result as object).run(), {
        name: 'ArgumentError',
        message: `compile: the function must return {state, outputs}, got ${got}`,
      });
    }
    const states = { states: { x } } as object;
    assert.throws(() => compile(() => ({}), states), {
      message: "compile: options must be state, inputs and precision, got 'states'",
    });
  });

  it('new state of another shape or name', () => {
    const state = { w: tf.scalar(1) };
    assert.throws(() => compile(() => ({ state: { w: tf.zeros([2]) } }), { state }).run(), {
      message: "compile: the state 'w' must keep its type and shape [], got float32 [2]",
    });
    assert.throws(() => compile(() => ({ state: { v: tf.scalar(2) } }) as object, { state }).run(), {
      message: "compile: the returned state must hold declared names only, got 'v'; declare it in `state`",
    });
  });

  it('inputs that are no tensors', () => {
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { x } }));
    const wrong = { x: 'text' } as unknown as { x: Tensor };
    assert.throws(() => step.run(wrong), {
      message:
        "compile: inputs must be tensors, Float32Array, Int32Array, Uint8Array or numbers, got a string at 'x'",
    });
  });

  it('disposed inputs, but inputs may be disposed as soon as the call has returned', async () => {
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { y: tf.neg(x) } }));
    const gone = tf.scalar(2);
    const running = step({ x: gone });
    gone.dispose();
    assert.deepEqual([...(await running).y.dataSync()], [-2]);
    await assert.rejects(step({ x: gone }), {
      name: 'ArgumentError',
      message: "compile: inputs must be alive when the step is called, got a disposed tensor at 'x'",
    });
    step.dispose();
  });

  it('a step inside a step, and a step after its end', () => {
    const inner = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { x } }));
    refuses((x) => inner.run({ x }).x, /^compile: a step must not be called while another is recorded/);
    inner.dispose();
    assert.throws(
      () => inner.run({ x }),
      /^ArgumentError: compile: the step must be alive when it is called/,
    );
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
