import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { operation } from './operation.js';

/** PyTorch's default for `nn.BatchNorm2d`. */
const epsilon = 1e-5;
/** PyTorch's default: running = 0.9 · running + 0.1 · batch. */
const momentum = 0.1;

export interface BatchNormState {
  /** Scale and shift, [C]. */
  readonly weight: Tensor1D;
  readonly bias: Tensor1D;
  /** Running statistics, [C]. */
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

export interface BatchNormResult {
  /** Shaped as the input. */
  readonly output: Tensor4D;
  /** Running statistics after this batch, [C]. */
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/** Batch norm with running statistics: a fixed affine map per channel. */
export function batchNormEvaluation(x: Tensor4D, { weight, bias, mean, variance }: BatchNormState): Tensor4D {
  const scale = tf.mul(weight, tf.rsqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(x, scale), tf.sub(bias, tf.mul(mean, scale)));
}

/**
 * Batch norm with the statistics of this batch, right under first and second derivatives.
 *
 * Normalises by the biased variance and, as PyTorch, moves the running variance by the unbiased one.
 *
 * @param x - [N, H, W, C].
 * @see Ioffe and Szegedy 2015, arXiv:1502.03167.
 */
export function batchNormTraining(
  x: Tensor4D,
  { weight, bias, mean, variance }: BatchNormState,
): BatchNormResult {
  const inputs = { x, weight, bias, mean, variance };
  const [output, newMean, newVariance] = tf.engine().runKernel<Tensor[]>(forwardName, inputs);
  // The kernel below returns six tensors of these ranks.
  return { output: output as Tensor4D, mean: newMean as Tensor1D, variance: newVariance as Tensor1D };
}

// tfjs composes batch norm from a dozen operations; TensorFlow has one, and one for its gradient. Both are registered
// as tfjs kernels, the second with a gradient of its own, so that tf.grad(tf.grad(…)) goes through them.
const forwardName = 'RoarbookBatchNorm';
const backwardName = 'RoarbookBatchNormGrad';
const common = { epsilon, data_format: 'NHWC', is_training: true };

/** The tensors by these names; a kernel's inputs always are. */
type Inputs<Name extends string> = Record<Name, Tensor>;

tf.registerKernel({
  kernelName: forwardName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs }) => {
    const { x, weight, bias, mean, variance } = inputs as Inputs<
      'x' | 'weight' | 'bias' | 'mean' | 'variance'
    >;
    return operation('FusedBatchNormV3', [x, weight, bias, mean, variance], {
      types: ['T', 'U'],
      attributes: { ...common, exponential_avg_factor: momentum },
      outputs: 6,
    });
  },
});

tf.registerKernel({
  kernelName: backwardName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs }) => {
    const { dy, x, weight, a, b, c } = inputs as Inputs<'dy' | 'x' | 'weight' | 'a' | 'b' | 'c'>;
    const results = operation('FusedBatchNormGradV3', [dy, x, weight, a, b, c], {
      types: ['T', 'U'],
      attributes: common,
      outputs: 5,
    });
    for (const unused of results.splice(3)) unused.dispose();
    return results;
  },
});

/** dL/dx, dL/dweight and dL/dbias from dL/dy; `reserved` are the forward kernel's last three outputs. */
function backward(dy: Tensor, x: Tensor, weight: Tensor, reserved: Tensor[]): [Tensor, Tensor, Tensor] {
  const [a, b, c] = reserved as [Tensor, Tensor, Tensor];
  return tf.engine().runKernel<[Tensor, Tensor, Tensor]>(backwardName, { dy, x, weight, a, b, c });
}

tf.registerGradient({
  kernelName: forwardName,
  inputsToSave: ['x', 'weight'],
  outputsToSave: [false, false, false, true, true, true],
  gradFunc: (dys, saved) => {
    // The running statistics are not differentiated: only the first output's gradient counts.
    const [dy] = dys as Tensor[] as [Tensor];
    const [x, weight, ...reserved] = saved as [Tensor, Tensor, ...Tensor[]];
    const [dx, dWeight, dBias] = backward(dy, x, weight, reserved);
    const none = () => tf.zerosLike(weight);
    return { x: () => dx, weight: () => dWeight, bias: () => dBias, mean: none, variance: none };
  },
});

/*
 * Second derivatives. Per channel, with n elements, s = (var + ε)^(−1/2), h = (x − mean)·s, ⟨·⟩ the mean over the
 * elements and w the weight, the backward kernel computes
 *   dx = w·s·q,  q = dy − ⟨dy⟩ − h·⟨dy·h⟩,  dw = Σ dy·h,  db = Σ dy.
 * Let u, p, r be the gradients of a loss L in dx, dw, db. In dy the map is its own transpose:
 *   ∂L/∂dy = w·s·(u − ⟨u⟩ − h·⟨u·h⟩) + p·h + r,
 * whose first term is the backward kernel of u. Further ∂L/∂w = s·Σ u·q, and in x, through h (gradient g) and s:
 *   g = −w·s·(⟨dy·h⟩·u + ⟨u·h⟩·dy) + p·dy,
 *   ∂L/∂x = s·(g − ⟨g⟩ − h·⟨g·h⟩) − (w/n)·(Σ u·q)·s²·h.
 */
tf.registerGradient({
  kernelName: backwardName,
  inputsToSave: ['dy', 'x', 'weight', 'a', 'b', 'c'],
  gradFunc: (dys, saved) => {
    const [u, p, r] = dys as Tensor[] as [Tensor, Tensor, Tensor];
    const [dy, x, weight, ...reserved] = saved as [Tensor, Tensor, Tensor, ...Tensor[]];
    const axes = [0, 1, 2];
    const centred = tf.sub(x, tf.mean(x, axes));
    const s = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes), epsilon));
    const h = tf.mul(centred, s);
    const dyh = tf.mean(tf.mul(dy, h), axes);
    const uh = tf.mean(tf.mul(u, h), axes);
    const q = tf.sub(tf.sub(dy, tf.mean(dy, axes)), tf.mul(h, dyh));
    const uq = tf.mean(tf.mul(u, q), axes);
    const ws = tf.mul(weight, s);
    const none = () => tf.zerosLike(weight);
    return {
      dy: () => tf.add(tf.add(backward(u, x, weight, reserved)[0], tf.mul(p, h)), r),
      x: () => {
        const g = tf.sub(tf.mul(p, dy), tf.mul(ws, tf.add(tf.mul(dyh, u), tf.mul(uh, dy))));
        const through = backward(g, x, tf.onesLike(weight), reserved)[0];
        return tf.sub(through, tf.mul(tf.mul(weight, tf.mul(uq, tf.square(s))), h));
      },
      weight: () => tf.mul(s, tf.mul(uq, x.size / weight.size)),
      a: none,
      b: none,
      c: none,
    };
  },
});
