import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile } from '../../../src/compiler/index.js';
import { nodeBackend } from '../../../src/compiler/native.js';
import { seeded } from '../../../src/random.js';
import { hasBfloat16 } from '../../../src/compiler/precision.js';
import { forceBfloat16 } from '../../fixtures/forcedBfloat16.js';
import { rounded } from './convolving.js';
import { bits, normals } from '../functions.js';

const skip = nodeBackend().binding.hasElementwise ? false : 'the operation is not there';

type Tensors = Record<string, Tensor>;

function compiled(
  fn: (inputs: Tensors) => Tensors,
  inputs: Tensors,
): { outputs: Tensors; operations: number } {
  const step = compile((_: object, inputs: Tensors) => ({ outputs: fn(inputs) }), { state: {} });
  const outputs = step.run(inputs);
  const operations = step.graphs[0]?.operations ?? NaN;
  step.dispose();
  return { outputs, operations };
}

function equalsEager(fn: (inputs: Tensors) => Tensors, inputs: Tensors, message = ''): number {
  const before = Object.values(inputs).map(bits);
  const expected = fn(inputs);
  const { outputs, operations } = compiled(fn, inputs);
  for (const name of Object.keys(expected))
    assert.equal(bits(outputs[name]!), bits(expected[name]!), `${message} ${name}`);
  assert.deepEqual(Object.values(inputs).map(bits), before, 'an input has changed');
  return operations;
}

const unary: Record<string, (a: Tensor) => Tensor> = {
  neg: tf.neg,
  abs: tf.abs,
  square: tf.square,
  sqrt: (a) => tf.sqrt(tf.abs(a)),
  relu: tf.relu,
  clip: (a) => tf.clipByValue(a, -1, 1),
  isNaN: (a) => tf.where(tf.isNaN(a), tf.zerosLike(a), a),
};
const binary: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  greater: (a, b) => tf.where(tf.greater(a, b), a, b),
  greaterEqual: (a, b) => tf.where(tf.logicalNot(tf.greaterEqual(a, b)), a, b),
  between: (a, b) => tf.where(tf.logicalAnd(tf.less(a, 1), tf.lessEqual(b, 0)), a, b),
  beyond: (a, b) => tf.where(tf.logicalOr(tf.less(a, 0), tf.lessEqual(b, 1)), a, b),
};

/** Shapes that are broadcast to [7, 9, 5, 11], a size that is no multiple of anything. */
const shape = [7, 9, 5, 11];
const broadcast = [
  [],
  [11],
  [1],
  [5, 11],
  [7, 1, 1, 1],
  [1, 9, 1, 1],
  [9, 5, 1],
  [1, 1, 5, 1],
  [7, 9, 1, 1],
  [7, 1, 5, 1],
  shape,
];

describe('a chain of elementwise operations', { skip }, () => {
  for (const [name, op] of Object.entries(binary))
    it(`equals eager bit for bit however its operands are broadcast: ${name}`, () => {
      for (const [i, other] of broadcast.entries()) {
        const inputs = { x: normals(shape, 2 * i + 1), y: normals(other, 2 * i + 2) };
        const ofBoth = ({ x, y }: Tensors) => {
          const z = op(x!, y!);
          return { z: z.shape.length === 4 ? op(tf.sub(z, x!), tf.add(y!, z)) : z };
        };
        equalsEager(ofBoth, inputs, `[${other.join()}]`);
      }
    });

  const reluGradient = (x: Tensor, dy: Tensor) => tf.grad(tf.relu)(x, dy);
  for (const [name, op] of Object.entries({ ...unary, ...binary, reluGradient }))
    it(`has NaN, infinity, zeros of both signs and denormal numbers where eager has them: ${name}`, () => {
      const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 3, 1e-40, -1e-40];
      const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
      const grid = (side: 0 | 1) =>
        tf.tensor1d(Array.from({ length: 32 }, () => pairs.map((pair) => pair[side])).flat());
      const fn = ({ x, y }: Tensors) => ({ z: op(tf.neg(x!), tf.neg(y!)) });
      equalsEager(fn, { x: grid(0), y: grid(1) });
    });

  it('equals eager bit for bit for random chains, over seeds', () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = seeded(seed);
      const pick = <T>(list: readonly T[]) => list[random.integer(list.length)]!;
      const plan = Array.from({ length: 12 }, () => ({
        one: pick(Object.values(unary)),
        two: pick(Object.values(binary)),
        places: [random.integer(1000), random.integer(1000)] as const,
        kind: random.integer(4),
      }));
      const fn = (inputs: Tensors) => {
        const values = Object.values(inputs);
        for (const { one, two, places, kind } of plan) {
          const [a, b] = places.map((place) => values[place % values.length]!) as [Tensor, Tensor];
          if (kind === 0) values.push(one(a));
          // Not elementwise: what depends on a chain by way of it cannot be part of that.
          else if (kind === 1) values.push(tf.max(a, -1, true));
          else values.push(two(a, b));
        }
        return Object.fromEntries(values.slice(-4).map((value, i) => [`v${i}`, value]));
      };
      const inputs = {
        x: normals(shape, seed),
        y: normals(shape, seed + 100),
        z: normals([5, 11], seed + 200),
      };
      equalsEager(fn, inputs, `seed ${seed}`);
    }
  });

  it('is one operation, with all that is needed of it elsewhere', () => {
    const inputs = { x: normals([64, 8, 8, 3], 1), mean: normals([3], 2) };
    const start = ({ x, mean }: Tensors) => tf.sub(x!, mean!);
    const one = equalsEager((inputs) => ({ y: start(inputs) }), inputs);
    const many = ({ x, mean }: Tensors) => {
      const centred = start({ x: x!, mean: mean! });
      const scaled = tf.div(tf.mul(centred, centred), tf.maximum(tf.abs(centred), tf.add(x!, mean!)));
      return { y: tf.sub(scaled, x!) };
    };
    assert.equal(equalsEager(many, inputs), one);
    const several = (inputs: Tensors) => {
      const y = start(inputs);
      return { y, isLess: tf.less(y, inputs.mean!), far: tf.sqrt(tf.square(y)) };
    };
    // An output each.
    assert.equal(equalsEager(several, inputs), one + 2);
  });

  it('is one before and one after what lies between', () => {
    const inputs = { x: normals([64, 100], 1) };
    const centred = (count: number) => (inputs: Tensors) => {
      let y = inputs.x!;
      for (let i = 0; i < count; i++) y = tf.mul(y, y);
      let z = tf.sub(y, tf.max(y, -1, true));
      for (let i = 0; i < count; i++) z = tf.add(z, y);
      return { z };
    };
    assert.equal(equalsEager(centred(4), inputs), equalsEager(centred(2), inputs));
  });

  describe('in bfloat16', () => {
    forceBfloat16();
    // Convolutions with 1, after which what follows is bfloat16.
    const narrow = (x: Tensor) => tf.conv2d(x as Tensor4D, tf.ones([1, 1, 1, 1]) as Tensor4D, 1, 'same');
    /** Whole numbers of 8 bits, whose products have up to 16, and special ones: [1, 64, 64, 1]. */
    const entries = (seed: number) => {
      const special = [0, -0, NaN, Infinity, -Infinity, 2 ** 127];
      const values = normals([64 * 64], seed).dataSync();
      const of = (x: number, i: number) =>
        i < 36
          ? special[(seed === 1 ? i : Math.floor(i / 6)) % 6]!
          : Math.max(-255, Math.min(255, Math.round(90 * x)));
      return tf.tensor(Array.from(values, of), [1, 64, 64, 1]);
    };
    const run = (fn: (a: Tensor, b: Tensor) => Tensors) => {
      const step = compile((_: object, { x, y }: Tensors) => ({ outputs: fn(narrow(x!), narrow(y!)) }), {
        state: {},
        precision: 'bfloat16',
      });
      const outputs = step.run({ x: entries(1), y: entries(2) });
      const operations = step.graphs[0]?.operations ?? NaN;
      step.dispose();
      return { outputs, operations };
    };

    it('rounds after each operation, ties to even numbers, and casts within', () => {
      const { outputs } = run((a, b) => ({ a, b, z: tf.sub(tf.mul(tf.add(a, b), tf.relu(a)), b) }));
      const [a, b] = [outputs['a']!, outputs['b']!];
      const z = rounded(tf.sub(rounded(tf.mul(rounded(tf.add(a, b)), tf.relu(a))), b));
      // Which NaN it is does not matter.
      const known = (x: Tensor) => bits(tf.where(tf.isNaN(x), tf.fill(x.shape, NaN), x));
      assert.equal(known(outputs['z']!), known(z));
    });

    it('is one operation with the casts', () => {
      const count = (fn: (a: Tensor, b: Tensor) => Tensors) => run(fn).operations;
      const sum = count((a, b) => ({ a, b, z: tf.relu(tf.add(a, b)) }));
      // Itself and the output; without bfloat16, the roundings of a and b are operations of their own where there is no sum.
      assert.equal(sum - count((a, b) => ({ a, b })), hasBfloat16() ? 2 : 0);
    });
  });

  it('is several operations where it is long', () => {
    const inputs = { x: normals([2000], 1), y: normals([2000], 2) };
    const steps = (count: number) => (inputs: Tensors) => {
      let x = inputs.x!;
      for (let i = 0; i < count; i++) x = tf.add(tf.div(x, 3), tf.mul(x, inputs.y!));
      return { x };
    };
    // 3 operations a step, 32 of them in one.
    const others = (count: number) => equalsEager(steps(count), inputs) - Math.ceil((3 * count) / 32);
    assert.equal(others(1000), others(1));
  });

  it('reads a condition for each image without a copy for each entry', () => {
    const chosen = (conditions: number[]) =>
      equalsEager(({ x, y, isFar }) => ({ z: tf.where(isFar!, tf.mul(x!, y!), tf.add(x!, y!)) }), {
        x: normals([64, 8, 8, 3], 1),
        y: normals([64, 8, 8, 3], 2),
        isFar: tf.greater(normals(conditions, 3), 0.5),
      });
    assert.equal(chosen([64, 1, 1, 1]), chosen([64, 8, 8, 3]));
  });

  it('leaves whole numbers to TensorFlow, beyond those that are floats as well', () => {
    const x = tf.add(tf.cast(tf.mul(normals([2000], 1), 1000), 'int32'), tf.scalar(2 ** 25 + 1, 'int32'));
    const y = tf.cast(normals([2000], 2), 'int32');
    equalsEager(({ x, y }) => ({ z: tf.sub(tf.mul(tf.add(x!, y!), y!), x!), isMore: tf.greater(x!, y!) }), {
      x,
      y,
    });
  });

  it('reads the old state throughout', () => {
    const start = { a: normals([2000], 1), b: normals([2000], 2) };
    const fn = ({ a, b }: typeof start) => ({
      state: { a: tf.add(tf.mul(b, 2), a), b: tf.sub(a, b) },
      outputs: { product: tf.mul(a, b), a },
    });
    const step = compile(fn, { state: start });
    let state = start;
    const kept: [Tensor, Tensor][] = [];
    for (let i = 0; i < 3; i++) {
      const outputs = step.run();
      const expected = fn(state);
      kept.push([outputs.product, expected.outputs.product], [outputs.a, expected.outputs.a]);
      ({ state } = expected);
    }
    // Also what was returned before later calls.
    for (const [got, expected] of kept) assert.equal(bits(got), bits(expected));
    step.dispose();
  });

  it('leaves a choice of whole rows to TensorFlow', () => {
    const inputs = { x: normals([64, 64], 1), y: normals([64, 64], 2), rows: normals([64], 3) };
    const chosen = ({ x, y, rows }: Tensors) => {
      const choice = { condition: tf.greater(rows!, 0), t: tf.mul(x!, 2), e: tf.mul(y!, 2) };
      // One tensor.
      return { z: tf.neg(tf.engine().runKernel('Select', choice) as Tensor) };
    };
    equalsEager(chosen, inputs);
  });

  it('takes part in a loop of steps and leaves the carried tensors as they are', () => {
    const inputs = { x: normals([32, 100], 1), direction: normals([32, 100], 2) };
    const fn = ({ x, direction }: Tensors) => {
      let [moved, before] = [x!, x!];
      for (let i = 0; i < 3; i++) [moved, before] = [tf.add(tf.mul(moved, 0.5), direction!), moved];
      return { moved, before, sum: tf.add(moved, before) };
    };
    equalsEager(fn, inputs);
  });
});
