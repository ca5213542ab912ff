import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { evaluationScale, type BatchNormState } from './batchNorm.js';
import { batchNorm, convolution, convolve, take, type ConvolutionOptions, type Layer } from './layers.js';

/**
 * A convolution and the batch norm that follows it, which `fold` makes one convolution with a shift.
 *
 * @param names - Of the two layers, as PyTorch has them.
 */
export function normalisedConvolution(
  names: { convolution: string; norm: string },
  options: ConvolutionOptions,
): Layer {
  const main = convolution(names.convolution, options);
  const norm = batchNorm(names.norm, options.outputs);
  const name = (suffix: string) => `${names.convolution}.folded.${suffix}`;
  return {
    params: [...main.params, ...norm.params],
    buffers: [...main.buffers, ...norm.buffers],
    fold({ params, buffers }, { mirrored }) {
      const filter = take<Tensor4D>(params, `${names.convolution}.weight`);
      const folded = foldNorm(filter, {
        weight: take(params, `${names.norm}.weight`),
        bias: take(params, `${names.norm}.bias`),
        mean: take(buffers, `${names.norm}.running_mean`),
        variance: take(buffers, `${names.norm}.running_var`),
      });
      const tensors = { [name('filter')]: folded.filter, [name('shift')]: folded.shift };
      // A strided convolution's gradient is none of stride 1.
      const turns = mirrored && (options.kernel === 1 || (options.stride ?? 1) === 1);
      return turns ? { ...tensors, [name('mirrored')]: mirror(folded.filter) } : tensors;
    },
    apply(x, pass) {
      if (!pass.folded) return norm.apply(main.apply(x, pass), pass);
      const filter = take<Tensor4D>(pass.params, name('filter'));
      const mirrored = pass.params[name('mirrored')] as Tensor4D | undefined;
      const turned = mirrored && ((input: Tensor4D) => turnable(input, filter, mirrored));
      return tf.add(convolve(x, filter, options, turned), take<Tensor1D>(pass.params, name('shift')));
    },
  };
}

/** Batch norm in evaluation mode multiplies by a number per channel and adds one: (w ∗ x)·s + t = (w·s) ∗ x + t. */
function foldNorm(filter: Tensor4D, norm: BatchNormState): { filter: Tensor4D; shift: Tensor1D } {
  const { scale, shift } = evaluationScale(norm);
  return { filter: tf.mul(filter, scale), shift };
}

/** The filter of a convolution's gradient in its input: turned by 180°, inputs and outputs exchanged. */
function mirror(filter: Tensor4D): Tensor4D {
  return tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
}

/**
 * A convolution of stride 1 that keeps height and width, whose gradient in x is the convolution with the mirrored filter, at
 * any order. As a convolution forwards, its filter is laid out once where it is constant. The filters carry no gradient.
 */
function turnable(x: Tensor4D, filter: Tensor4D, mirrored: Tensor4D): Tensor4D {
  const convolution = tf.customGrad((input) => ({
    value: tf.conv2d(input as Tensor4D, filter, 1, 'same'),
    gradFunc: (dy: Tensor4D) => turnable(dy, mirrored, filter),
  }));
  return convolution(x);
}
