import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { dtypes, nodeBackend, typeAttribute } from './native.js';

/**
 * Has a ReLU's gradient taken by TensorFlow's own operation, in three operations on all entries in place of tfjs's seven, with
 * the same bits. It works on the ReLU's result, so that a convolution before it can take over the ReLU. The returned function
 * undoes it.
 */
export function takeReluGradientsAtOnce(): () => void {
  const stock = tf.getGradient('Relu');
  const replace = (config: tf.GradConfig) => {
    tf.unregisterGradient('Relu');
    tf.registerGradient(config);
  };
  replace({
    ...stock,
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes) => {
      const [x, y] = saved as [Tensor, Tensor];
      // A result that is one tensor has one gradient.
      return x.dtype === 'float32'
        ? { x: () => gradient(dy as Tensor, x, y) }
        : stock.gradFunc(dy, [x], attributes);
    },
  });
  return () => replace(stock);
}

/** dy·step(x), and NaN where x is, which ReluGrad takes for 0. Linear in dy; in x it is constant, and its gradient is 0. */
function gradient(dy: Tensor, x: Tensor, y: Tensor): Tensor {
  return tf.customGrad((...parameters) => {
    // customGrad hands over the inputs, then the function that keeps tensors for the gradient.
    const [dy, x, save] = parameters as unknown as [Tensor, Tensor, tf.GradSaveFunc];
    save([x, y]);
    const attributes = [typeAttribute('T', dtypes.float32)];
    const [passed = dy] = nodeBackend().executeMultipleOutputs('ReluGrad', attributes, [dy, y], 1);
    return {
      value: tf.where(tf.isNaN(y), y, passed),
      gradFunc: (ddx: Tensor, kept: Tensor[]) => {
        const [x, y] = kept as [Tensor, Tensor];
        return [gradient(ddx, x, y), tf.zerosLike(x)];
      },
    };
  })(dy, x);
}
