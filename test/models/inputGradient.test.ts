import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import {
  crossEntropySeed,
  inputGradient,
  lossGradient,
  targetGradient,
} from '../../src/models/inputGradient.js';
import { seeded } from '../../src/random.js';

function normals(seed: number, shape: number[], scale = 1): tf.Tensor {
  const random = seeded(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => scale * random.normal()),
    shape,
  );
}

/** Convolution 3→4, smooth activation, mean over positions, dense 4→3. */
function network(images: Tensor4D, kernel: Tensor4D, dense: Tensor2D): Tensor2D {
  const features = tf.softplus(tf.conv2d(images, kernel, 1, 'same'));
  return tf.matMul(tf.mean<Tensor2D>(features, [1, 2]), dense);
}

const images = tf.sigmoid(normals(1, [2, 4, 4, 3])) as Tensor4D;
const kernel = normals(2, [3, 3, 3, 4], 0.5) as Tensor4D;
const dense = normals(3, [4, 3], 2) as Tensor2D;
const labels = tf.tensor1d([2, 0], 'int32');
const logits = (x: Tensor4D) => network(x, kernel, dense);

async function assertNear(got: tf.Tensor, expected: tf.Tensor, tolerance: number): Promise<void> {
  assert.deepEqual(got.shape, expected.shape);
  const [apart = NaN] = await tf.max(tf.abs(tf.sub(got, expected))).data();
  assert.ok(apart < tolerance, `apart by ${apart}`);
}

describe('targetGradient', () => {
  it('is the target class weights of a linear model, and those of its largest logit for predicted', async () => {
    const weights = tf.tensor2d([1, -2, 3, 4, 5, -6], [2, 3]);
    const linear = (x: Tensor4D): Tensor2D => tf.matMul(tf.reshape(x, [-1, 2]) as Tensor2D, weights);
    // Logits of (1, 0): 1 −2 3, of (0, 1): 4 5 −6.
    const corners = tf.tensor4d([1, 0, 0, 1], [2, 1, 2, 1]);
    const given = targetGradient(linear, corners, tf.tensor1d([1, 0], 'int32'));
    assert.deepEqual([...(await given.data())], [-2, 5, 1, 4]);
    const predicted = targetGradient(linear, corners, 'predicted');
    assert.deepEqual([...(await predicted.data())], [3, -6, -2, 5]);
  });
});

describe('lossGradient', () => {
  it('equals tfjs gradient of softmaxCrossEntropy, where that is right', async () => {
    const onehot = tf.oneHot(labels, 3);
    const loss = (x: tf.Tensor) => tf.neg(tf.sum(tf.mul(onehot, tf.logSoftmax(logits(x as Tensor4D)))));
    // Entries are below 1: a few roundings of 2⁻²⁴ each.
    await assertNear(lossGradient(logits, images, labels), tf.grad(loss)(images), 1e-6);
  });

  it('leaves one tensor behind, and none when the network throws', () => {
    const before = tf.memory().numTensors;
    const gradient = lossGradient(logits, images, labels);
    assert.equal(tf.memory().numTensors, before + 1);
    gradient.dispose();
    const broken = (): Tensor2D => {
      throw new Error('broken network');
    };
    assert.throws(() => lossGradient(broken, images, labels), /broken network/);
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('inputGradient', () => {
  /** ‖∇ₓL‖² + Σ logits², in double backprop's form. */
  const penalty = (w: Tensor4D, d: Tensor2D): Scalar => {
    const { gradient, logits: z } = inputGradient((x) => network(x, w, d), images, crossEntropySeed(labels));
    return tf.add<Scalar>(tf.sum(tf.square(gradient)), tf.sum(tf.square(z)));
  };

  it('is differentiable in the weights: double backprop matches central differences', async () => {
    const [dw, dd] = tf.grads((w, d) => penalty(w as Tensor4D, d as Tensor2D))([kernel, dense]);
    const h = 2 ** -6;
    for (let seed = 10; seed < 14; seed++) {
      const [u, v] = [normals(seed, kernel.shape), normals(seed + 100, dense.shape)];
      const at = async (t: number) => {
        const [value = NaN] = await penalty(
          tf.add(kernel, tf.mul(u, t)) as Tensor4D,
          tf.add(dense, tf.mul(v, t)) as Tensor2D,
        ).data();
        return value;
      };
      // Richardson: the error is of order h⁴, and float32 noise 1e-6 · penalty / h.
      const wide = ((await at(2 * h)) - (await at(-2 * h))) / (4 * h);
      const narrow = ((await at(h)) - (await at(-h))) / (2 * h);
      const expected = (4 * narrow - wide) / 3;
      const parts = [tf.sum(tf.mul(u, dw as tf.Tensor)), tf.sum(tf.mul(v, dd as tf.Tensor))];
      const [got = NaN] = await tf.addN(parts).data();
      assert.ok(Math.abs(got / expected - 1) < 1e-3, `seed ${seed}: ${got} for ${expected}`);
    }
  });

  it('gives the logits of the same pass, owned by the caller', async () => {
    const before = tf.memory().numTensors;
    const pass = inputGradient(logits, images, crossEntropySeed(labels));
    assert.equal(tf.memory().numTensors, before + 2);
    await assertNear(pass.logits, logits(images), 1e-6);
  });
});
