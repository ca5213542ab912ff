import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { dtypes, kinds, nodeBackend, typeAttribute, type Attribute } from './native.js';

/** A normalised batch and its statistics, as running ones keep them. */
export interface BatchNormResult {
  /** Shaped as `x`. */
  readonly y: Tensor;
  /** Of the batch, [C]. Carries no gradient. */
  readonly mean: Tensor1D;
  /** Of the batch, [C], with N·H·W − 1 in the denominator, as running statistics keep it. Carries no gradient. */
  readonly variance: Tensor1D;
}

/**
 * Batch normalisation with the batch's own statistics, as one operation forwards and one backwards: (x − μ)/√(σ² + ε)·γ + β.
 *
 * Gradients of any order are right: the gradient is an operation with a gradient of its own.
 *
 * @param x - float32 [N, H, W, C].
 * @param gamma - [C].
 * @param beta - [C].
 * @throws {ArgumentError} If x has another rank.
 */
export function batchNormTraining(x: Tensor, gamma: Tensor, beta: Tensor, epsilon = 1e-5): BatchNormResult {
  if (x.rank !== 4) {
    throw new ArgumentError(
      `batchNormTraining: x must be [N, H, W, C], got [${x.shape.join(', ')}]; reshape it`,
    );
  }
  return tf.tidy(() => {
    const none = tf.tensor1d([], 'float32');
    const [y, mean, variance, ...saved] = nodeBackend().executeMultipleOutputs(
      'FusedBatchNormV3',
      [...attributes(epsilon), { name: 'exponential_avg_factor', type: kinds.float, value: 1 }],
      [x, gamma, beta, none, none],
      6,
    );
    if (!y || !mean || !variance) throw new RangeError('FusedBatchNormV3 must have six outputs');
    const statistics = { saved, epsilon };
    const differentiable = differentiate([x, gamma, beta], statistics, {
      value: y,
      gradient: (dy, [x, gamma], kept) => {
        const { dx, dgamma, dbeta } = gradient({ dy, x, gamma }, kept);
        return [dx, dgamma, dbeta];
      },
    });
    // Both are [C] by the operation's definition.
    return { y: differentiable, mean: mean as Tensor1D, variance: variance as Tensor1D };
  });
}

/** What FusedBatchNormV3 keeps for its gradient: functions of x, which carry no gradient themselves. */
interface Statistics {
  readonly saved: readonly Tensor[];
  readonly epsilon: number;
}

interface Arguments {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly gamma: Tensor;
}

interface Gradient {
  readonly dx: Tensor;
  readonly dgamma: Tensor;
  readonly dbeta: Tensor;
}

/**
 * The gradient, each part with a gradient of its own. With m(·) the mean over N, H, W, x̂ = (x − μ)s and s = 1/√(σ² + ε):
 * dx = γs(dy − m(dy) − x̂·m(dy·x̂)), dγ = Σ dy·x̂, dβ = Σ dy.
 */
function gradient({ dy, x, gamma }: Arguments, statistics: Statistics): Gradient {
  const [dx, dgamma, dbeta] = nodeBackend().executeMultipleOutputs(
    'FusedBatchNormGradV3',
    attributes(statistics.epsilon),
    [dy, x, gamma, ...statistics.saved],
    5,
  );
  if (!dx || !dgamma || !dbeta) throw new RangeError('FusedBatchNormGradV3 must have five outputs');
  const inputs: [Tensor, Tensor, Tensor] = [dy, x, gamma];
  return {
    dx: differentiate(inputs, statistics, {
      value: dx,
      gradient: (v, [dy, x, gamma], kept) => gradientOfDx(v, { dy, x, gamma }, kept),
    }),
    dgamma: differentiate(inputs, statistics, {
      value: dgamma,
      // c·Σ dy·x̂ is linear in dy; its gradient in x is that of a normalisation whose γ is c.
      gradient: (c, [dy, x, gamma], kept) => [
        tf.mul(normalised(x, kept.epsilon).normal, c),
        gradient({ dy, x, gamma: c }, kept).dx,
        tf.zerosLike(gamma),
      ],
    }),
    dbeta: differentiate(inputs, statistics, {
      value: dbeta,
      gradient: (c, [dy, x, gamma]) => [tf.mul(tf.onesLike(dy), c), tf.zerosLike(x), tf.zerosLike(gamma)],
    }),
  };
}

/**
 * The gradient of Σ v·dx in dy, x and γ. dx is linear and symmetric in dy, so the first is dx of v; the others follow from
 * Σ v·dx = γsM(m(v·dy) − m(v)m(dy) − m(v·x̂)m(dy·x̂)), ∂s/∂x = −s²x̂/M and ∂m(v·x̂)/∂x = s(v − m(v) − x̂·m(v·x̂))/M.
 */
function gradientOfDx(v: Tensor, { dy, x, gamma }: Arguments, statistics: Statistics): Tensor[] {
  const { normal, scale } = normalised(x, statistics.epsilon);
  const size = x.size / gamma.size;
  const [meanV, meanDy] = [mean(v), mean(dy)];
  const [alongV, alongDy] = [mean(tf.mul(v, normal)), mean(tf.mul(dy, normal))];
  const products = mean(tf.mul(v, dy));
  const means = tf.mul(meanV, meanDy);
  const alongs = tf.mul(alongV, alongDy);
  const centre = tf.mul(normal, tf.add(tf.sub(means, products), tf.mul(alongs, 3)));
  const sum = tf.addN([centre, tf.mul(alongDy, tf.sub(meanV, v)), tf.mul(alongV, tf.sub(meanDy, dy))]);
  const perGamma = tf.mul(tf.mul(scale, size), tf.sub(tf.sub(products, means), alongs));
  return [
    gradient({ dy: v, x, gamma }, statistics).dx,
    tf.mul(tf.mul(gamma, tf.square(scale)), sum),
    perGamma,
  ];
}

/** x̂ and s, by operations whose gradients tfjs knows. */
function normalised(x: Tensor, epsilon: number): { normal: Tensor; scale: Tensor } {
  const centred = tf.sub(x, mean(x));
  const scale = tf.rsqrt(tf.add(mean(tf.square(centred)), epsilon));
  return { normal: tf.mul(centred, scale), scale };
}

function mean(x: Tensor): Tensor {
  return tf.mean(x, [0, 1, 2]);
}

type Three = [Tensor, Tensor, Tensor];

interface Differentiable {
  readonly value: Tensor;
  /** `kept` are the statistics again: those of the call may be disposed by then. */
  readonly gradient: (dy: Tensor, inputs: Three, kept: Statistics) => Tensor[];
}

/** Gives a computed value a gradient in three inputs. */
function differentiate(
  inputs: Three,
  { saved, epsilon }: Statistics,
  { value, gradient }: Differentiable,
): Tensor {
  return tf.customGrad((...parameters) => {
    // customGrad hands over the inputs, then the function that keeps tensors for the gradient.
    const save = parameters[3] as tf.GradSaveFunc;
    save([...(parameters.slice(0, 3) as Three), ...saved]);
    return {
      value: tf.clone(value),
      gradFunc: (dy: Tensor, kept: Tensor[]) =>
        gradient(dy, kept.slice(0, 3) as Three, { saved: kept.slice(3), epsilon }),
    };
  })(...inputs);
}

function attributes(epsilon: number): Attribute[] {
  return [
    typeAttribute('T', dtypes.float32),
    typeAttribute('U', dtypes.float32),
    { name: 'epsilon', type: kinds.float, value: epsilon },
    { name: 'data_format', type: kinds.text, value: 'NHWC' },
    { name: 'is_training', type: kinds.boolean, value: true },
  ];
}
