import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { dtypes, nodeBackend, typeAttribute } from './native.js';

/** The integers that are drawn from: low…below−1. */
export interface IntegerRange {
  /** Default 0. */
  low?: number;
  /** One above the largest. */
  below: number;
}

/**
 * Uniform numbers in [0, 1), float32: a function of shape and key alone, in compiled functions and eagerly.
 *
 * @param key - int32 [2], such as a seed and a counter kept in the state; another key gives independent numbers.
 */
export function randomUniform(shape: readonly number[], key: Tensor): Tensor {
  return draw('StatelessRandomUniform', shape, key);
}

/** Standard normal numbers, float32; otherwise as `randomUniform`. */
export function randomNormal(shape: readonly number[], key: Tensor): Tensor {
  return draw('StatelessRandomNormal', shape, key);
}

/** Uniform integers low…below−1, int32; otherwise as `randomUniform`. */
export function randomInteger(
  shape: readonly number[],
  key: Tensor,
  { low = 0, below }: IntegerRange,
): Tensor {
  if (!(below > low))
    throw new ArgumentError(`randomInteger: below must be above low = ${low}, got ${below}`);
  return draw('StatelessRandomUniformInt', shape, key, [low, below]);
}

function draw(op: string, shape: readonly number[], key: Tensor, limits: readonly number[] = []): Tensor {
  if (key.dtype !== 'int32' || key.shape.join() !== '2') {
    throw new ArgumentError(
      `${op}: the key must be int32 [2], got ${key.dtype} [${key.shape.join(', ')}]; stack a seed and a counter`,
    );
  }
  return tf.tidy(() => {
    const inputs = [
      tf.tensor1d([...shape], 'int32'),
      key,
      ...limits.map((limit) => tf.scalar(limit, 'int32')),
    ];
    const attributes = [
      typeAttribute('dtype', limits.length > 0 ? dtypes.int32 : dtypes.float32),
      typeAttribute('T', dtypes.int32),
      typeAttribute('Tseed', dtypes.int32),
    ];
    const [drawn] = nodeBackend().executeMultipleOutputs(op, attributes, inputs, 1);
    return drawn ?? key;
  });
}
