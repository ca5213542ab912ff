import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, randomInteger, randomNormal, randomUniform } from '../../src/compiler/index.js';
import { bits } from './functions.js';

const key = (seed: number, counter: number) => tf.tensor1d([seed, counter], 'int32');

describe('random numbers of a key', () => {
  it('are the same for the same key, eager or compiled, and others for another', () => {
    const draws = [
      (key: Tensor) => randomUniform([5], key),
      (key: Tensor) => randomNormal([2, 3], key),
      (key: Tensor) => randomInteger([7], key, { low: -2, below: 9 }),
    ];
    for (const draw of draws) {
      const step = compile(
        ({ count }: { count: Tensor }) => {
          const y = draw(tf.stack([tf.scalar(7, 'int32'), count]));
          return { state: { count: tf.add(count, tf.scalar(1, 'int32')) }, outputs: { y } };
        },
        { state: { count: tf.scalar(0, 'int32') } },
      );
      const drawn = [0, 1, 2].map(() => bits(step.run().y));
      assert.deepEqual(
        drawn,
        [0, 1, 2].map((count) => bits(draw(key(7, count)))),
      );
      assert.equal(new Set([...drawn, bits(draw(key(8, 0)))]).size, 4);
      step.dispose();
    }
  });

  it('have the mean and variance of their distribution', () => {
    const n = 100_000;
    const moments = (x: Tensor) => {
      const { mean, variance } = tf.moments(tf.cast(x, 'float32'));
      return [mean.dataSync()[0] ?? NaN, variance.dataSync()[0] ?? NaN] as const;
    };
    // Mean and variance, and the fourth central moment for the variance's own error; five standard errors.
    for (const [drawn, mean, variance, fourth] of [
      [randomUniform([n], key(1, 2)), 1 / 2, 1 / 12, 1 / 80],
      [randomNormal([n], key(1, 2)), 0, 1, 3],
      [randomInteger([n], key(1, 2), { below: 2 }), 1 / 2, 1 / 4, 1 / 16],
    ] as const) {
      const [m, v] = moments(drawn);
      assert.ok(Math.abs(m - mean) < 5 * Math.sqrt(variance / n));
      assert.ok(Math.abs(v - variance) < 5 * Math.sqrt((fourth - variance ** 2) / n) + 25 * (variance / n));
    }
  });

  it('name the contract of a key and a range', () => {
    assert.throws(() => randomUniform([2], tf.scalar(1)), {
      message:
        'StatelessRandomUniform: the key must be int32 [2], got float32 []; stack a seed and a counter',
    });
    assert.throws(() => randomInteger([2], key(1, 1), { below: 0 }), {
      message: 'randomInteger: below must be above low = 0, got 0',
    });
  });
});
