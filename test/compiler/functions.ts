import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { seeded } from '../../src/random.js';

/** A tensor of standard normals from a seed. */
export function normals(shape: readonly number[], seed: number): Tensor {
  const random = seeded(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
  );
}

/** The largest absolute value. */
export function largest(tensor: Tensor): number {
  return tf.max(tf.abs(tensor)).dataSync()[0] ?? NaN;
}

/** The bits of a tensor's values, so that −0 differs from 0 and NaN equals NaN. */
export function bits(tensor: Tensor): string {
  const values = tensor.dataSync();
  return `${tensor.dtype} [${tensor.shape.join()}] ${Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex')}`;
}

const square = (x: Tensor) => tf.mul(x, x);
const scalar = (x: Tensor) => tf.sum(x) as Scalar;
const images = (x: Tensor) => x as Tensor4D;
const kernel = (w: Tensor) => tf.reshape(tf.slice(tf.reshape(w, [-1]), 0, 3 * 3 * 3 * 5), [3, 3, 3, 5]);

function network(x: Tensor, w: Tensor): Tensor {
  const convolved = tf.conv2d(images(x), kernel(w) as Tensor4D, [1, 1], 'same');
  const { mean, variance } = tf.moments(convolved, [0, 1, 2]);
  const normal = tf.div(tf.sub(convolved, mean), tf.sqrt(tf.add(variance, 1e-5)));
  return tf.mean(tf.softplus(normal), [1, 2]);
}

/** Ordinary tfjs functions of x [4, 8, 8, 3] and w [8, 8, 3], each of which a compiled function has to repeat bit for bit. */
export const functions: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
  'arithmetic in a given order': (x, w) =>
    tf.sub(tf.add(tf.mul(tf.add(x, 0.1), 3), tf.mul(x, w)), tf.div(x, 7)),
  'a product pushed through a convolution': (x, w) =>
    tf.mul(tf.conv2d(tf.mul(images(x), 1.7) as Tensor4D, kernel(w) as Tensor4D, 2, 'valid'), 0.3),
  'a convolution with bias and relu': (x, w) =>
    tf.relu(
      tf.add(tf.conv2d(images(x), kernel(w) as Tensor4D, 1, 'same'), tf.slice(tf.reshape(w, [-1]), 0, 5)),
    ),
  'a fused convolution': (x, w) =>
    tf.fused.conv2d({
      x: images(x),
      filter: kernel(w) as Tensor4D,
      strides: 1,
      pad: 'same',
      bias: tf.slice(tf.reshape(w, [-1]), 0, 5),
      activation: 'relu',
    }),
  'a depthwise convolution': (x, w) =>
    tf.depthwiseConv2d(images(x), tf.slice(kernel(w), 0, [3, 3, 3, 2]) as Tensor4D, 1, 'same'),
  'a transposed convolution': (x, w) =>
    tf.conv2dTranspose(
      tf.pad(images(x), [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 2],
      ]) as Tensor4D,
      kernel(w) as Tensor4D,
      [4, 16, 16, 3],
      2,
      'same',
    ),
  'matrix products': (x, w) =>
    tf.matMul(tf.reshape(x, [4, 192]) as Tensor2D, tf.reshape(w, [1, 192]) as Tensor2D, false, true),
  'batched matrix products': (x, w) =>
    tf.matMul(tf.reshape(x, [4, 8, 24]), tf.reshape(w, [1, 8, 24]), false, true),
  'pooling and padding': (x) =>
    tf.maxPool(
      tf.mirrorPad(
        tf.avgPool(images(x), 2, 1, 'same'),
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        'reflect',
      ) as Tensor4D,
      3,
      2,
      'valid',
    ),
  resizing: (x) => tf.image.resizeBilinear(images(x), [5, 13], false, true),
  'softmax and its logarithm': (x) =>
    tf.add(tf.softmax(tf.reshape(x, [4, 192])), tf.logSoftmax(tf.reshape(x, [4, 192]))),
  reductions: (x) =>
    tf.concat(
      [
        tf.mean(x, [1, 2]),
        tf.max(x, [1, 2]),
        tf.min(x, [1, 2]),
        tf.prod(tf.mul(x, 0.9), [1, 2]),
        tf.norm(x, 'euclidean', [1, 2]),
      ],
      1,
    ),
  'comparisons and choices': (x, w) =>
    tf.where(
      tf.logicalAnd(tf.greater(x, w), tf.notEqual(x, 0)),
      tf.clipByValue(x, -0.5, 0.5),
      tf.zerosLike(x),
    ),
  'indices and one-hot vectors': (x) =>
    tf.oneHot(tf.cast(tf.argMax(tf.reshape(x, [4, 192]), 1), 'int32') as Tensor1D, 192),
  sorting: (x) => tf.topk(tf.reshape(x, [4, 192]), 17).values,
  'the largest entries': (x) => tf.topk(tf.reshape(x, [4, 192]), 17).indices,
  'gathering with duplicates': (x) => tf.gather(x, tf.tensor1d([3, 0, 3], 'int32')),
  'slices, stacks, tiles and transposes': (x, w) =>
    tf.transpose(
      tf.stack([
        tf.tile(tf.slice(x, [1, 0, 2, 0], [1, 8, 3, 3]), [1, 1, 2, 1]),
        tf.reverse(tf.slice(tf.reshape(w, [1, 8, 8, 3]), 0, [1, 8, 6, 3]), 1),
      ]),
      [0, 2, 4, 1, 3],
    ),
  'strided slices': (x) => tf.stridedSlice(x, [0, 1, 0, 0], [4, 8, 8, 3], [1, 2, 3, 1]),
  'cumulative sums': (x) => tf.cumsum(x, 2, true),
  'transcendental functions': (x) =>
    tf.addN([
      tf.exp(x),
      tf.sin(x),
      tf.tanh(x),
      tf.sigmoid(x),
      tf.erf(x),
      tf.log1p(tf.abs(x)),
      tf.pow(tf.abs(x), 1.3),
    ]),
  'a normalisation of batches': (x, w) =>
    tf.batchNorm(
      images(x),
      tf.tensor1d([0.1, 0.2, 0.3]),
      tf.tensor1d([1, 2, 3]),
      undefined,
      tf.slice(tf.reshape(w, [-1]), 0, 3),
      1e-3,
    ),
  segments: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, 1], 'int32'), 2),
  'large constants': (x) =>
    tf.mul(
      x,
      tf.tensor(
        Float32Array.from({ length: 6144 }, (_, i) => i / 7),
        [8, 4, 8, 8, 3],
      ),
    ),
  'gathering within batches': (x, w) =>
    tf.gather(
      tf.reshape(x, [4, 8, 24]),
      tf.cast(tf.greater(tf.reshape(tf.slice(w, 0, [1, 8, 1]), [4, 2]), 0), 'int32'),
      1,
      1,
    ),
  scattering: (x) =>
    tf.scatterND(
      tf.tensor2d([[1], [3]], [2, 1], 'int32'),
      tf.reshape(tf.slice(x, 0, [2, 8, 8, 3]), [2, 192]),
      [4, 192],
    ),
  'sums over indices': (x) => tf.einsum('bhwc,bhwd->bcd', x, x),
  'a Fourier transform and back': (x) => {
    const spectrum = tf.spectral.rfft(tf.reshape(x, [48, 16]));
    return tf.mul(tf.spectral.irfft(spectrum), tf.sum(tf.imag(spectrum)));
  },
  'the gradient of a convolution of volumes': (x) =>
    tf.grad((x) =>
      scalar(
        square(tf.conv3d(tf.reshape<tf.Rank.R5>(x, [1, 4, 8, 8, 3]), tf.ones([2, 2, 2, 3, 4]), 1, 'same')),
      ),
    )(x),
  'a separable convolution': (x) =>
    tf.separableConv2d(images(x), tf.ones([3, 3, 3, 2]), tf.ones([1, 1, 6, 4]), 1, 'same'),
  'several outputs of one operation': (x) => {
    const [, second, third] = tf.split(x, [1, 2, 5], 1) as [Tensor, Tensor, Tensor];
    const [first, last] = [tf.unstack(x, 2)[0], tf.unstack(x, 2)[7]] as [Tensor, Tensor];
    // [4, 5, 8, 3], [4, 2, 8, 3] and [4, 8, 2, 3] turned.
    return tf.concat([third, second, tf.transpose(tf.stack([first, last], 2), [0, 2, 1, 3])], 1);
  },
  'tensors of rank 6': (x) =>
    tf.sum(tf.transpose(tf.reshape(x, [2, 2, 2, 4, 8, 3]), [5, 0, 4, 1, 3, 2]), [1, 4]),
  'tensors without entries': (x) => {
    const none = tf.slice(x, 0, [0, 8, 8, 3]);
    const product = tf.matMul(tf.zeros([3, 0]), tf.zeros([0, 4]));
    return tf.add(tf.concat([none, x]), tf.add(tf.sum(none), tf.sum(product)));
  },
  'integers that overflow': (x) => {
    const large = tf.mul(tf.cast(tf.mul(x, 100), 'int32'), tf.scalar(2 ** 30 + 7, 'int32'));
    return tf.floorDiv(large, tf.scalar(-3, 'int32'));
  },
  'a mean of integers': (x) => tf.mean(tf.cast(tf.mul(x, 10), 'int32'), 1),
  booleans: (x) => {
    const positive = tf.greater(x, 0);
    return tf.logicalXor(tf.logicalNot(positive), tf.any(positive, 3, true));
  },
  'tensors that are kept and disposed within': (x) =>
    tf.tidy(() => {
      const kept = tf.keep(square(x));
      const sum = tf.add(kept, 1);
      kept.dispose();
      return sum;
    }),
  'a loop and a branch on the shape': (x) => {
    let y = x;
    for (let i = 0; i < (x.shape[3] ?? 0); i++) y = tf.add(y, tf.mul(x, i));
    return x.shape[0] === 4 ? tf.neg(y) : y;
  },
  'a third derivative': (x) =>
    tf.grad((x) => scalar(tf.grad((x) => scalar(tf.grad((x) => scalar(tf.pow(x, 4)))(x)))(x)))(x),
  'the gradient of a network in its input': (x, w) => tf.grad((x) => scalar(square(network(x, w))))(x),
  'the gradient of a network in its weights': (x, w) => tf.grad((w) => scalar(square(network(x, w))))(w),
  'the gradient of cross-entropy': (x, w) =>
    tf.grad((x) => tf.losses.softmaxCrossEntropy(tf.oneHot([0, 1, 4, 2], 5), network(x, w)) as Scalar)(x),
  'the gradient of pooling': (x) =>
    tf.grad((x) => scalar(square(tf.maxPool(tf.avgPool(images(x), 2, 1, 'same'), 2, 2, 'same'))))(x),
  'the gradient of a gather': (x) =>
    tf.grad((x) => scalar(square(tf.gather(x, tf.tensor1d([3, 0, 3], 'int32')))))(x),
  'a second derivative': (x, w) =>
    tf.grad((w) => scalar(square(tf.grad((x) => scalar(square(network(x, w))))(x))))(w),
  'a gradient of its own': (x) =>
    tf.grad((x) =>
      scalar(
        tf.customGrad((...a) => {
          // customGrad hands over the tensor, then the function that saves.
          const x = a[0] as Tensor;
          return { value: tf.abs(x), gradFunc: (dy: Tensor) => tf.mul(dy, 3) };
        })(square(x)),
      ),
    )(x),
  'three steps of an attack': (x, w) => {
    let moved = x;
    for (let step = 0; step < 3; step++) {
      const gradient = tf.grad((x) => scalar(square(network(x, w))))(moved);
      const length = tf.sqrt(tf.sum(square(gradient), [1, 2, 3], true));
      moved = tf.clipByValue(tf.add(moved, tf.mul(tf.div(gradient, tf.add(length, 1e-12)), 0.1)), 0, 1);
    }
    return moved;
  },
};
