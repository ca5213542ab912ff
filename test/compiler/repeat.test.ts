import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, randomNormal, repeat } from '../../src/compiler/index.js';
import { bits, normals } from './functions.js';

const square = (x: Tensor) => tf.mul(x, x);
const network = (x: Tensor, w: Tensor) => tf.softplus(tf.conv2d(x as Tensor4D, w as Tensor4D, 1, 'same'));

/** An attack that keeps its images near the first ones, which its body captures, and draws noise by a counter that it carries. */
const attack = (times: number) => (x: Tensor, w: Tensor) =>
  repeat(times, { x, count: tf.scalar(0, 'int32') as Tensor }, ({ x: current, count }) => {
    const gradient = tf.grad((x) => tf.sum(square(network(x, w))) as Scalar)(current);
    const noise = randomNormal(x.shape, tf.stack([tf.scalar(5, 'int32'), count]));
    const moved = tf.add(current, tf.mul(tf.add(tf.sign(gradient), noise), 0.1));
    const near = tf.maximum(tf.minimum(moved, tf.add(x, 0.5)), tf.sub(x, 0.5));
    return { x: near, count: tf.add(count, tf.scalar(1, 'int32')) };
  });

describe('repeat', () => {
  for (const times of [0, 1, 2, 7]) {
    it(`equals the same steps one after another, ${times} times`, () => {
      const w = normals([3, 3, 3, 4], 9);
      const fn = attack(times);
      const step = compile(({ w }: { w: Tensor }, { x }: { x: Tensor }) => ({ outputs: fn(x, w) }), {
        state: { w },
      });
      for (const seed of [1, 2, 3]) {
        tf.tidy(() => {
          const x = normals([2, 5, 5, 3], seed);
          const [compiled, eager] = [step.run({ x }), fn(x, w)];
          assert.equal(bits(compiled.x), bits(eager.x));
          assert.deepEqual([...compiled.count.dataSync()], [times]);
        });
      }
      step.dispose();
      w.dispose();
    });
  }

  it('gives a graph that does not grow with the number of steps', () => {
    const w = normals([3, 3, 3, 4], 9);
    const x = normals([2, 5, 5, 3], 1);
    const [short, long] = [3, 3000].map((times) => {
      const fn = attack(times);
      const step = compile(({ w }: { w: Tensor }, { x }: { x: Tensor }) => ({ outputs: fn(x, w) }), {
        state: { w },
        inputs: { x },
      });
      const [graph] = step.graphs;
      step.dispose();
      return graph;
    });
    assert.ok(short && long && short.operations > 40);
    assert.equal(long.operations, short.operations);
    // The number itself, and the numbers in names, take a few bytes more.
    assert.ok(Math.abs(long.bytes - short.bytes) < 200);
    tf.dispose([w, x]);
  });

  it('nests, captures large constants, and is differentiated step by step', () => {
    const large = () => tf.tensor1d(Float32Array.from({ length: 5000 }, (_, i) => i / 5000));
    const fn = (x: Tensor) =>
      repeat(3, { x }, ({ x }) => repeat(2, { x }, ({ x }) => ({ x: tf.mul(tf.add(x, large()), 0.5) }))).x;
    const gradient = (x: Tensor) => tf.grad((x) => tf.sum(square(fn(x))) as Scalar)(x);
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: { y: fn(x), dx: gradient(x) } }));
    tf.tidy(() => {
      const x = normals([5000], 3);
      const { y, dx } = step.run({ x });
      assert.equal(bits(y), bits(fn(x)));
      assert.equal(bits(dx), bits(gradient(x)));
      // y = x/64 + c(1/2 + … + 1/64), so the gradient of Σ y² is 2y/64.
      const [first = 0, last = 0] = [y.dataSync()[4999], dx.dataSync()[4999]];
      assert.ok(Math.abs(last - (2 * first) / 64) < 1e-7);
    });
    step.dispose();
  });

  it('leaves only its results behind', () => {
    const x = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    repeat(3, { x }, ({ x }) => ({ x: tf.square(tf.add(x, 1)) })).x.dispose();
    const step = compile((_: object, { x }: { x: Tensor }) => ({
      outputs: repeat(3, { x }, ({ x }) => ({ x: tf.square(tf.add(x, 1)) })),
    }));
    step.run({ x }).x.dispose();
    step.dispose();
    assert.equal(tf.memory().numTensors, before);
    x.dispose();
  });

  it('refuses a body that changes shapes, and tensors that leave the body', () => {
    const x: Tensor = tf.tensor1d([1, 2]);
    const grow = ({ x }: { x: Tensor }) => ({ x: tf.concat([x, x]) });
    const message = "repeat: the body must keep the type and shape of 'x', float32 [2], got float32 [4]";
    assert.throws(() => repeat(3, { x }, grow), { name: 'ArgumentError', message });
    const step = compile((_: object, { x }: { x: Tensor }) => ({ outputs: repeat(3, { x }, grow) }));
    assert.throws(() => step.run({ x }), { name: 'ArgumentError', message });
    let left: Tensor = x;
    const leak = compile((_: object, { x }: { x: Tensor }) => {
      repeat(3, { x }, ({ x }) => ({ x: (left = tf.keep(tf.square(x))) }));
      return { outputs: { y: tf.add(left, x) } };
    });
    assert.throws(() => leak.run({ x }), {
      message: /^compile: a tensor must not leave the body of a loop.* in tf\.add at .*repeat\.test\.ts:\d+/,
    });
    assert.throws(() => repeat(-1, { x }, grow), /times must be an integer ≥ 0, got -1/);
    x.dispose();
  });
});
