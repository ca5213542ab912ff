import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, variables, type Step } from '../../src/compiler/index.js';

/** JavaScript's own random numbers, which users may draw although this package may not. */
// eslint-disable-next-line no-restricted-properties
const forbidden = () => Math.random();

/** Of the caller. */
const currentLine = () => Number(/:(\d+):\d+\)?$/.exec(new Error().stack?.split('\n')[2] ?? '')?.[1]);

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
      /^compile: every tensor must come from the state or the inputs, got another one.* in tf\.add at .*refusals\.test\.ts:\d+; declare it in `state` or `inputs`, or create it inside the function$/;
    refuses((x) => tf.add(x, outside), message);
    refuses((x) => tf.add(x, used), message);
  });

  it('values read inside', () => {
    refuses(
      (x) => ((tf.sum(x).dataSync()[0] ?? 0) > 0 ? x : tf.neg(x)),
      /^compile: a tensor's values must not be read while the function is recorded, got a read in tensor\.dataSync at .*refusals\.test\.ts:\d+; return the tensor as an output and read it after the call; for a branch use tf\.where$/,
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
      /^compile: TensorFlow must accept each operation, got "Dimensions must be equal, but are 3 and 1.*" in tf\.matMul at .*refusals\.test\.ts:\d+; make types and shapes fit$/,
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
      /^compile: tensors must be alive when they are used, got a disposed one of float32 \[3\] in tf\.add at .*refusals\.test\.ts:\d+; make it anew in each call, or keep it outside/,
    );
  });

  it('a tensor that the function disposed before, itself or by tf.tidy', () => {
    const message =
      /^compile: tensors must be alive when they are used, got a disposed one of float32 \[3\] in tensor\.add at .*refusals\.test\.ts:\d+; dispose it after its last use; from a tf\.tidy return it, and in a gradient tf\.keep it$/;
    refuses((x) => {
      const square = tf.square(x);
      square.dispose();
      return square.add(1);
    }, message);
    refuses((x) => {
      let square = x;
      tf.tidy(() => void (square = tf.square(x)));
      return square.add(1);
    }, message);
  });

  it('a returned tensor that is disposed or from outside, and names it and the line of the function', () => {
    const step = compile(() => ({ outputs: { y: outside } }));
    const line = currentLine() - 1;
    assert.throws(() => step.run(), {
      name: 'ArgumentError',
      message: new RegExp(
        `^compile: every tensor must come from .* of float32 \\[3\\] as the result 'y' of the function compiled at .*refusals\\.test\\.ts:${line}; declare it`,
      ),
    });
    step.dispose();
    refuses((x) => {
      const square = tf.square(x);
      square.dispose();
      return square;
    }, /^compile: tensors must be alive when they are used, got a disposed one of float32 \[3\] as the result 'y' of the function compiled at .*; dispose it after its last use/);
  });

  it('the end of an input or of the state inside', () => {
    refuses((x) => {
      const square = tf.square(x);
      x.dispose();
      return square;
    }, /^compile: state and inputs must not be disposed inside the function, got float32 \[3\] in tensor\.dispose at .*refusals\.test\.ts:\d+; dispose the input after the call/);
    const end = ({ w }: { w: Tensor }) => (tf.dispose(w), {});
    assert.throws(() => compile(end, { state: { w: outside } }).run(), {
      message: /^compile: state and inputs must not be disposed inside the function, .* in tf\.dispose at /,
    });
  });

  it('what was refused once and caught, so that another value would be frozen', () => {
    refuses((x) => {
      try {
        return tf.mul(x, x.dataSync()[0] ?? 1);
      } catch {
        return tf.mul(x, 2);
      }
    }, /^compile: a tensor's values must not be read .* in tensor\.dataSync at .*refusals\.test\.ts:\d+/);
  });

  it('the present time, but no other date', () => {
    const message =
      /^compile: the time must not be read while the function is recorded, got a read in Date at .*refusals\.test\.ts:\d+; hand it in through `inputs`$/;
    refuses((x) => tf.mul(x, Date.now()), message);
    refuses((x) => tf.mul(x, new Date().getHours()), message);
    const step = compile(() => ({ outputs: { y: tf.scalar(new Date(2021, 0).getFullYear()) } }));
    assert.deepEqual([...step.run().y.dataSync()], [2021]);
    step.dispose();
  });

  it('variables that are made, read or set inside', () => {
    const shared = variables({ w: outside });
    const message =
      /^compile: variables must be made, read and set outside the function, got such a call inside/;
    refuses((x) => variables({ x }) && x, message);
    refuses(() => shared.get().w, message);
    refuses((x) => (shared.set({ w: x }), x), message);
    shared.dispose();
  });

  it('random numbers drawn in JavaScript, seeded or not', () => {
    const message =
      /^compile: random numbers must not be drawn in JavaScript while the function is recorded, got a draw in (tf|Math)\.\w+ at .*refusals\.test\.ts:\d+; use randomUniform or randomNormal/;
    refuses((x) => tf.add(x, tf.randomNormal([3])), message);
    refuses((x) => tf.add(x, tf.randomUniform([3], 0, 1, 'float32', 7)), message);
    refuses((x) => tf.dropout(x, 0.5), message);
    refuses((x) => tf.mul(x, forbidden()), message);
  });

  it('a function that differs from call to call', () => {
    let calls = 0;
    refuses(
      (x) => tf.mul(x, calls++),
      /^compile: the function must do the same each time, got two recordings that differ in a constant in tf\.mul at .*refusals\.test\.ts:\d+; hand what changes/,
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
    assert.throws(() => compile(function* () {} as unknown as () => object, {}).run({}), {
      message: 'compile: the function must return {state, outputs}, got a Generator; return {outputs: {…}}',
    });
  });

  it('a change of a variable from outside, which stays as it was', () => {
    const variable = tf.variable(tf.tensor1d([4, 5, 6]));
    const message =
      /^compile: tensors from outside must be neither assigned nor disposed, got float32 \[3\] in (variable\.(assign|dispose)|tf\.dispose) at .*refusals\.test\.ts:\d+; keep what changes in `state` and return its new value$/;
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
      message: "compile: the state 'w' must keep its type and shape float32 [], got float32 [2]; reshape it",
    });
    const count = { n: tf.scalar(1, 'int32') };
    assert.throws(() => compile(({ n }) => ({ state: { n: tf.add(n, 1) } }), { state: count }).run(), {
      message:
        "compile: the state 'n' must keep its type and shape int32 [], got float32 []; cast it to 'int32'",
    });
    assert.throws(() => compile(() => ({ state: { v: tf.scalar(2) } }) as object, { state }).run(), {
      message: "compile: the returned state must hold declared names only, got 'v'; declare it in `state`",
    });
  });

  it('inputs that are no tensors', () => {
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { x } }));
    const must = 'compile: inputs must be tensors, Float32Array, Int32Array, Uint8Array or numbers, got';
    const wrong: [unknown, string][] = [
      ['text', String.raw`a string at 'x' at .*refusals\.test\.ts:\d+; make it one of these`],
      [[1, 2], String.raw`an array of numbers at 'x' at .*refusals\.test\.ts:\d+; make it Float32Array`],
      [[[1, 2]], "an array of numbers at 'x/0' at"],
    ];
    for (const [x, got] of wrong) {
      const inputs = { x } as { x: Tensor };
      assert.throws(() => step.run(inputs), {
        name: 'ArgumentError',
        message: new RegExp(`^${must} ${got}`),
      });
    }
    const all: [unknown, string][] = [
      [null, 'null'],
      [[1, 2], 'an array of numbers'],
    ];
    for (const [inputs, got] of all)
      assert.throws(() => step.run(inputs as never), {
        message: new RegExp(`^${must} ${got} at \\/.*:\\d+; make it`),
      });
  });

  it('two inputs of one name', () => {
    const step = compile((_: object, inputs: object) => ({ outputs: { ...inputs } }));
    assert.throws(() => step.run({ 'a/b': x, a: { b: x } }), {
      message: "compile: each name must be one way through a tree, got two ways to 'a/b'; rename one",
    });
  });

  it('a state that is disposed', () => {
    const gone = tf.scalar(1);
    gone.dispose();
    assert.throws(() => compile(() => ({}), { state: { gone } }), {
      message:
        "compile: the state must hold tensors that are alive, got a disposed one at 'gone'; make it anew",
    });
  });

  it('a call inside a gradient, which would lose it', () => {
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { y: tf.square(x) } }));
    assert.throws(() => tf.grad((x) => tf.sum(step.run({ x }).y))(x), {
      message:
        /^compile: a step must not be called inside a gradient, got such a call at .*; take the gradient inside the step$/,
    });
    step.dispose();
  });

  it('an optimizer of tfjs, and another backend', () => {
    refuses((x) => {
      tf.train.sgd(0.1).minimize(() => tf.sum(x));
      return x;
    }, /^compile: weights must be state and not variables, got an optimizer/);
    refuses((x) => (void tf.setBackend('cpu'), x), /^compile: the backend must stay/);
    assert.equal(tf.getBackend(), 'tensorflow');
  });

  it('disposed inputs, but inputs may be disposed as soon as the call has returned', async () => {
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { y: tf.neg(x) } }));
    const gone = tf.scalar(2);
    const running = step({ x: gone });
    gone.dispose();
    assert.deepEqual([...(await running).y.dataSync()], [-2]);
    await assert.rejects(step({ x: gone }), {
      name: 'ArgumentError',
      message:
        /^compile: inputs must be alive when the step is called, got a disposed tensor at 'x' at .*refusals\.test\.ts:\d+; make it anew$/,
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
