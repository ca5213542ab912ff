import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants, variables } from '../../src/compiler/index.js';
import { ArgumentError } from '../../src/errors.js';
import { normals } from './functions.js';

const megabytes = () => process.memoryUsage.rss() / 2 ** 20;

describe('the memory of compiled functions', () => {
  it('does not grow over 10,000 calls', () => {
    const x = normals([64, 64], 1);
    // 16 KiB of state and as much of output: a leak of either would take 156 MiB.
    const step = compile(
      ({ w, n }: { w: Tensor; n: Tensor }, { x }: { x: Tensor }) => ({
        state: { w: tf.mul(tf.add(w, x), 0.5), n: tf.add(n, 1) },
        outputs: { y: tf.matMul(w as Tensor2D, x as Tensor2D) },
      }),
      { state: { w: tf.zeros([64, 64]), n: tf.scalar(0) } },
    );
    const call = (times: number) => {
      for (let i = 0; i < times; i++) step.run({ x }).y.dispose();
    };
    call(1000);
    const before = megabytes();
    call(10_000);
    assert.ok(megabytes() - before < 60, `grew by ${megabytes() - before} MiB`);
    assert.equal(step.state.get().n.dataSync()[0], 11_000);
    step.dispose();
    x.dispose();
  });

  it('is freed with the step: variables, graphs, constants, and what is computed of fixed ones', () => {
    const big = tf.ones([512, 512]);
    const fixed = constants({ filter: tf.ones([1, 1, 512, 512]) });
    const cycle = (times: number) => {
      for (let i = 0; i < times; i++) {
        const weights = variables({ w: big });
        // 1 MiB each of shared state, own state, constant and product.
        const step = compile(
          ({ shared, own, fixed }: { shared: { w: Tensor }; own: Tensor; fixed: { filter: Tensor } }) => {
            const constant = tf.tensor1d(Float32Array.from({ length: 2 ** 18 }, (_, i) => i));
            const product = tf.mul<Tensor4D>(fixed.filter, 2);
            const convolved = tf.conv2d(
              tf.reshape<tf.Rank.R4>(constant, [1, 1, 512, 512]),
              product,
              1,
              'same',
            );
            return { state: { own: tf.add(own, shared.w) }, outputs: { y: tf.sum(convolved) } };
          },
          { state: { shared: weights, own: big, fixed } },
        );
        step.run().y.dispose();
        step.dispose();
        weights.dispose();
      }
    };
    cycle(10);
    const before = megabytes();
    cycle(60);
    assert.ok(megabytes() - before < 40, `grew by ${megabytes() - before} MiB`);
    big.dispose();
    fixed.dispose();
  });

  it('is freed where a step is refused at once', () => {
    // 1 MiB each.
    const [alive, disposed] = [tf.ones([512, 512]), tf.ones([1])];
    disposed.dispose();
    const cycle = (times: number) => {
      for (let i = 0; i < times; i++) {
        const reads = ({ w }: { w: Tensor }) => ({ outputs: { y: tf.mul(w, w.dataSync()[0]!) } });
        assert.throws(() => compile(reads, { state: { w: alive }, inputs: {} }), ArgumentError);
        assert.throws(() => variables({ alive, disposed }), ArgumentError);
      }
    };
    cycle(10);
    const before = megabytes();
    cycle(100);
    assert.ok(megabytes() - before < 60, `grew by ${megabytes() - before} MiB`);
    alive.dispose();
  });

  it('names the inputs when there is not enough of it', () => {
    // A result of 2^50 bytes fits no machine.
    const x = tf.zeros([2 ** 24, 1]);
    const step = compile((_: object, { x }: { x: Tensor }) => ({
      outputs: { y: tf.sum(tf.exp(tf.add(x, tf.transpose(x)))) },
    }));
    assert.throws(() => step.run({ x }), {
      name: 'NativeError',
      message:
        /^compile: memory must suffice for inputs of float32 \[16777216, 1\], got ".*"; use a smaller batch$/s,
    });
    step.dispose();
    x.dispose();
  });

  it('keeps the state when a step fails', () => {
    const step = compile(
      ({ w }: { w: Tensor }, { index }: { index: Tensor }) => ({
        state: { w: tf.add(w, tf.gather(w, tf.cast(index, 'int32'))) },
      }),
      { state: { w: tf.tensor1d([1, 2]) } },
    );
    assert.throws(() => step.run({ index: Int32Array.of(7) }), {
      name: 'NativeError',
      message:
        /^compile: TensorFlow must run the step on inputs of int32 \[1\], got ".*indices\[0\] = 7 is not in \[0, 2\)/s,
    });
    assert.deepEqual([...step.state.get().w.dataSync()], [1, 2]);
    step.dispose();
  });
});
