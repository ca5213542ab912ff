import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { take, type ConvolutionOptions, type Layer } from './layers.js';
import type { TensorSpec } from './params.js';

/**
 * A transposed convolution without bias, [N, h, w, inputs] → [N, stride·h, stride·w, outputs].
 *
 * Its weight is [kernel, kernel, outputs, inputs] here and [inputs, outputs, kernel, kernel] in PyTorch, whose
 * `nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding=(kernel − 1)/2, output_padding=stride − 1)` it is.
 */
export function deconvolution(name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel, stride = 1 } = options;
  const weight: TensorSpec = {
    name: `${name}.weight`,
    shape: [kernel, kernel, outputs, inputs],
    start: { kind: 'he' },
  };
  const before = (kernel - 1) / 2;
  return {
    params: [weight],
    buffers: [],
    apply(x, { params }) {
      const [count, height, width] = x.shape;
      const filter = take<Tensor4D>(params, weight.name);
      // All that the windows cover, and zeros where that is less than what is kept.
      const whole = (length: number) => Math.max((length - 1) * stride + kernel, before + length * stride);
      const shape: [number, number, number, number] = [count, whole(height), whole(width), outputs];
      const full = tf.conv2dTranspose(x, filter, shape, stride, 'valid');
      return tf.slice(full, [0, before, before, 0], [count, height * stride, width * stride, outputs]);
    },
  };
}
