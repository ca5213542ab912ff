import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { batchNormEvaluation, batchNormTraining } from './batchNorm.js';
import type { FoldOptions, ModelState, Tensors } from './model.js';
import { operation } from './operation.js';
import type { StateSpec, TensorSpec } from './params.js';

/** One application of a network: what its layers read, and the buffers they update. */
export interface Pass extends ModelState {
  readonly training: boolean;
  /** Whether `params` are what the layers' `fold` returned; such a pass is in evaluation mode. */
  readonly folded?: boolean;
  readonly relu: (x: Tensor4D) => Tensor4D;
  /** What goes on in place of a block's output; default the output. */
  readonly block?: ((name: string, x: Tensor4D) => Tensor4D) | undefined;
  /** Filled by the layers in training. */
  readonly updated: Record<string, Tensor>;
}

/** A part of a network: the tensors it needs and a pure function of them. */
export interface Layer<Out extends Tensor = Tensor4D> extends StateSpec {
  /** What a folded pass takes in place of the layer's tensors; a layer without it has params only, taken as they are. Pure. */
  fold?(state: ModelState, options: FoldOptions): Tensors;
  apply(x: Tensor4D, pass: Pass): Out;
}

export interface ConvolutionOptions {
  inputs: number;
  outputs: number;
  /** Edge of the square kernel, odd. */
  kernel: number;
  /** Default 1. */
  stride?: number;
}

/** A convolution without bias, [N, H, W, inputs] → [N, ⌈H/stride⌉, ⌈W/stride⌉, outputs], padded as PyTorch pads. */
export function convolution(name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel } = options;
  const weight: TensorSpec = {
    name: `${name}.weight`,
    shape: [kernel, kernel, inputs, outputs],
    start: { kind: 'he' },
  };
  return {
    params: [weight],
    buffers: [],
    apply(x, { params }) {
      return convolve(x, take<Tensor4D>(params, weight.name), options);
    },
  };
}

/**
 * A convolution of these options as PyTorch pads it.
 *
 * @param unstrided - Convolves at stride 1, keeping height and width; default tf.conv2d.
 */
export function convolve(
  x: Tensor4D,
  filter: Tensor4D,
  { kernel, stride = 1 }: ConvolutionOptions,
  unstrided = (input: Tensor4D): Tensor4D => tf.conv2d(input, filter, 1, 'same'),
): Tensor4D {
  if (stride === 1) return unstrided(x);
  if (kernel === 1) return unstrided(subsample(x, stride));
  const [, height, width] = x.shape;
  const rows = padding(height, { kernel, stride });
  const columns = padding(width, { kernel, stride });
  return tf.conv2d(tf.pad(x, [[0, 0], rows, columns, [0, 0]]), filter, stride, 'valid');
}

/**
 * PyTorch's padding (kernel − 1)/2 on both sides, less the last rows that no window reaches. TensorFlow's 'same' pads
 * an even length at stride 2 on the far side only, which shifts every window by one pixel.
 */
function padding(length: number, { kernel, stride }: { kernel: number; stride: number }): [number, number] {
  const before = (kernel - 1) / 2;
  const windows = Math.floor((length - 1) / stride);
  return [before, Math.max(0, windows * stride + kernel - before - length)];
}

/**
 * Every stride-th row and column, what a 1×1 convolution of that stride reads.
 *
 * The strided convolution itself is avoided: with oneDNN, TensorFlow 2.21 computes its weight gradient wrongly, and writes
 * outside its memory, for 1 to 7 input channels (measured on AVX2).
 */
function subsample(x: Tensor4D, stride: number): Tensor4D {
  const [count, height, width, channels] = x.shape;
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const [below, right] = [rows * stride - height, columns * stride - width];
  const whole =
    below + right === 0
      ? x
      : tf.pad(x, [
          [0, 0],
          [0, below],
          [0, right],
          [0, 0],
        ]);
  const tiles = tf.reshape(whole, [count, rows, stride, columns, stride, channels]);
  const first = tf.slice(tiles, [0, 0, 0, 0, 0, 0], [count, rows, 1, columns, 1, channels]);
  return tf.reshape(first, [count, rows, columns, channels]);
}

/** Batch norm over N, H and W as PyTorch's `nn.BatchNorm2d`: momentum 0.1, ε 1e−5. */
export function batchNorm(name: string, channels: number): Layer {
  const spec = (suffix: string, value: number): TensorSpec => ({
    name: `${name}.${suffix}`,
    shape: [channels],
    start: { kind: 'constant', value },
  });
  const [weight, bias] = [spec('weight', 1), spec('bias', 0)];
  const [mean, variance] = [spec('running_mean', 0), spec('running_var', 1)];
  return {
    params: [weight, bias],
    buffers: [mean, variance],
    apply(x, { params, buffers, training, updated }) {
      const state = {
        weight: take<Tensor1D>(params, weight.name),
        bias: take<Tensor1D>(params, bias.name),
        mean: take<Tensor1D>(buffers, mean.name),
        variance: take<Tensor1D>(buffers, variance.name),
      };
      if (!training) return batchNormEvaluation(x, state);
      const result = batchNormTraining(x, state);
      updated[mean.name] = result.mean;
      updated[variance.name] = result.variance;
      return result.output;
    },
  };
}

/** A dense layer with bias on the mean over H and W: [N, H, W, inputs] → [N, outputs]. */
export function pooledDense(
  name: string,
  { inputs, outputs }: { inputs: number; outputs: number },
): Layer<Tensor2D> {
  const start = { kind: 'dense', inputs } as const;
  const weight: TensorSpec = { name: `${name}.weight`, shape: [inputs, outputs], start };
  const bias: TensorSpec = { name: `${name}.bias`, shape: [outputs], start };
  return {
    params: [weight, bias],
    buffers: [],
    apply(x, { params }) {
      const pooled = tf.mean<Tensor2D>(x, [1, 2]);
      return tf.add(
        tf.matMul(pooled, take<Tensor2D>(params, weight.name)),
        take<Tensor1D>(params, bias.name),
      );
    },
  };
}

/**
 * max(x, 0), with TensorFlow's own gradient operation in place of the seven that tfjs composes, at any order of
 * differentiation. The gradient at 0 is 0.
 */
export function relu(x: Tensor4D): Tensor4D {
  return tf.customGrad((input, save) => {
    const value = tf.relu(input as Tensor4D);
    // tfjs calls the function with a list of tensors and, last, a function that saves some.
    (save as tf.GradSaveFunc)([value]);
    return { value, gradFunc: (dy: Tensor4D, [y]: Tensor[]) => reluGradient(dy, y as Tensor4D) };
  })(x);
}

/** dy where y > 0, else 0; linear in dy, so that its own gradient in dy is the same map. */
function reluGradient(dy: Tensor4D, y: Tensor4D): Tensor4D {
  return tf.customGrad((input) => {
    const [value] = operation('ReluGrad', [input as Tensor4D, y], { types: ['T'] });
    return { value: value as Tensor4D, gradFunc: (ddx: Tensor4D) => reluGradient(ddx, y) };
  })(dy);
}

/** The pass's ReLU as a layer. */
export const activation: Layer = { params: [], buffers: [], apply: (x, { relu }) => relu(x) };

/** One layer after the other. */
export function sequence(layers: readonly Layer[]): Layer {
  return {
    params: layers.flatMap(({ params }) => params),
    buffers: layers.flatMap(({ buffers }) => buffers),
    fold: (state, options) => foldAll(layers, state, options),
    apply: (x, pass) => layers.reduce((value, layer) => layer.apply(value, pass), x),
  };
}

/** What a folded pass through all these layers takes. */
export function foldAll(layers: readonly Layer<Tensor>[], state: ModelState, options: FoldOptions): Tensors {
  return Object.assign({}, ...layers.map((layer) => layer.fold?.(state, options) ?? asTheyAre(layer, state)));
}

function asTheyAre({ params }: StateSpec, state: ModelState): Tensors {
  return Object.fromEntries(params.map(({ name }) => [name, tf.clone(take(state.params, name))]));
}

/** The tensor of this name; a network's constructor has checked that it is there and has its shape. */
export function take<T extends Tensor>(tensors: Readonly<Record<string, Tensor>>, name: string): T {
  return tensors[name] as T;
}
