import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { checkRandom, type Random } from '../random.js';
import { resnetSizes } from './architecture.js';
import {
  activation,
  foldAll,
  pooledDense,
  relu,
  sequence,
  type ConvolutionOptions,
  type Layer,
  type Pass,
} from './layers.js';
import { normalisedConvolution } from './folding.js';
import type { ApplyOptions, ApplyResult, Architecture, FoldOptions, Model, ModelState } from './model.js';
import { checkTensors, disposeState, initialise, type StateSpec } from './params.js';
import { forgetPasses } from './passes.js';

/** Mean and standard deviation of each channel, for images in [0, 1]. */
export interface Normalisation {
  /** Subtracted from each channel, [C]. */
  readonly mean: readonly number[];
  /** What each channel is divided by then, [C]. */
  readonly std: readonly number[];
}

/** Over the pixels of CIFAR-10's 50,000 training images. */
export const cifarNormalisation: Normalisation = {
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

/** The sizes of a residual network of basic blocks. */
export interface ResnetOptions {
  /** Channels after the first convolution; default 8. */
  stem?: number;
  /** Channels of each stage; default [16, 16, 32]. */
  widths?: readonly number[];
  /** Basic blocks of each stage; default one each. */
  blocks?: readonly number[];
  /** Stride of each stage's first block; default 2 for each. */
  strides?: readonly number[];
  /** Default 10. */
  classes?: number;
  /** Default CIFAR-10's; its length is the number of image channels. */
  normalise?: Normalisation;
  /** Draws the initial weights. */
  random: Random;
}

/** The sizes of a ResNet-18. */
export interface Resnet18Options {
  /** Channels of the first stage, doubled in each next one; default 64. */
  width?: number;
  /** Default 10. */
  classes?: number;
  /** Default CIFAR-10's. */
  normalise?: Normalisation;
  /** Draws the initial weights. */
  random: Random;
}

/**
 * ResNet-18 for 32×32 images: a 3×3 first convolution and no pooling before the last.
 *
 * 11,173,962 parameters at width 64, 2,797,610 at 32, 701,466 at 16, 176,402 at 8.
 *
 * @throws {ArgumentError} If a size is not a positive integer.
 * @returns A network with fresh weights; the caller disposes it.
 * @see He et al. 2016, arXiv:1512.03385; layout and names of github.com/kuangliu/pytorch-cifar.
 * @example
 * const network = resnet18({ width: 2, classes: 5, random });
 * console.log(network.predict(images).shape);
 */
export function resnet18(options: Resnet18Options): Model {
  checkOptions('resnet18', options);
  const { width = 64, ...rest } = options;
  const widths = [width, 2 * width, 4 * width, 8 * width];
  return resnet({ ...rest, stem: width, widths, blocks: [2, 2, 2, 2], strides: [1, 2, 2, 2] });
}

/**
 * A residual network of basic blocks. As it stands it is small enough for minutes on a CPU: 1.7 million
 * multiply-adds for a 32×32 image, 23,730 parameters.
 *
 * @returns A network with fresh weights, which start as torchvision's ResNets do and `nn.Linear`; the caller disposes it.
 * @throws {ArgumentError} If a size is not a positive integer, or lengths differ.
 * @see He et al. 2016, arXiv:1512.03385.
 * @example
 * const network = resnet({ widths: [4, 8], strides: [1, 2], classes: 3, random });
 * const logits = network.predict(images);
 */
export function resnet(options: ResnetOptions): Model {
  checkOptions('resnet', options);
  const { random, stem = 8, widths = [16, 16, 32], classes = 10, normalise = cifarNormalisation } = options;
  const { blocks = widths.map(() => 1), strides = widths.map(() => 2) } = options;
  checkRandom('resnet', random);
  const { mean, std } = normalise;
  const architecture = { kind: 'resnet', stem, widths, blocks, strides, classes, mean, std };
  const structure = build(architecture);
  return new Resnet(structure, initialise(structure, random));
}

/**
 * A residual network with given tensors, which it then owns.
 *
 * @param architecture - Another resnet's `architecture`.
 * @throws {ArgumentError} If the architecture is none of a resnet, or a tensor is missing, left over or of another shape.
 */
export function resnetFrom(architecture: Architecture, state: ModelState): Model {
  return new Resnet(build(architecture), state);
}

/** What a resnet of this architecture consists of. @throws {ArgumentError} As `resnetFrom`. */
export function resnetSpec(architecture: Architecture): StateSpec {
  const { params, buffers } = build(architecture);
  return { params, buffers };
}

interface Structure extends StateSpec {
  readonly architecture: Architecture;
  readonly normalise: Normalisation;
  /** Images, normalised, to the last features. */
  readonly body: Layer;
  readonly head: Layer<tf.Tensor2D>;
}

class Resnet implements Model {
  readonly architecture: Architecture;
  readonly params: ModelState['params'];
  readonly buffers: ModelState['buffers'];
  readonly #structure: Structure;

  constructor(structure: Structure, state: ModelState) {
    checkTensors('resnet', structure.params, state.params);
    checkTensors('resnet', structure.buffers, state.buffers);
    this.architecture = structure.architecture;
    this.params = state.params;
    this.buffers = state.buffers;
    this.#structure = structure;
  }

  apply(state: ModelState, images: Tensor4D, options: ApplyOptions = {}): ApplyResult {
    const { training = false, rules = {}, folded = false } = options;
    if (training && folded)
      throw new ArgumentError('resnet: a folded state must be applied in evaluation mode, got training');
    const { normalise, body, head } = this.#structure;
    const channels = normalise.mean.length;
    // A single channel would be broadcast to three without a word.
    if (images.shape.length !== 4 || images.shape[3] !== channels)
      throw new ArgumentError(
        `resnet: images must be [N, H, W, ${channels}], got [${images.shape.join(', ')}]; normalise sets the channels`,
      );
    const updated: Record<string, Tensor> = {};
    const { block } = rules;
    const pass: Pass = { ...state, training, folded, relu: rules.relu ?? relu, block, updated };
    const mean = tf.tensor1d([...normalise.mean]);
    const std = tf.tensor1d([...normalise.std]);
    const features = body.apply(tf.div(tf.sub(images, mean), std), pass);
    const logits = head.apply(rules.features?.(features) ?? features, pass);
    return { logits, features, buffers: training ? updated : state.buffers };
  }

  fold(state: ModelState, options: FoldOptions): ModelState {
    const { body, head } = this.#structure;
    return { params: foldAll([body, head], state, options), buffers: {} };
  }

  predict(images: Tensor4D): tf.Tensor2D {
    return tf.tidy(() => this.apply(this, images).logits);
  }

  withState(state: ModelState): Model {
    return new Resnet(this.#structure, state);
  }

  dispose(): void {
    forgetPasses(this);
    disposeState(this);
  }
}

function build(architecture: Architecture): Structure {
  const { stem, widths, blocks, strides, classes, mean, std } = resnetSizes(architecture);
  const layers = [
    normalisedConvolution(
      { convolution: 'conv1', norm: 'bn1' },
      { inputs: mean.length, outputs: stem, kernel: 3 },
    ),
    activation,
  ];
  let inputs = stem;
  widths.forEach((outputs, stage) => {
    for (let block = 0; block < (blocks[stage] ?? 0); block++) {
      const stride = block === 0 ? (strides[stage] ?? 1) : 1;
      layers.push(basicBlock(`layer${stage + 1}.${block}`, { inputs, outputs, stride }));
      inputs = outputs;
    }
  });
  const body = sequence(layers);
  const head = pooledDense('linear', { inputs, outputs: classes });
  const params = [...body.params, ...head.params];
  return { architecture, normalise: { mean, std }, body, head, params, buffers: body.buffers };
}

/** Two 3×3 convolutions beside the input, which is projected where its shape changes. */
function basicBlock(
  name: string,
  { inputs, outputs, stride }: { inputs: number; outputs: number; stride: number },
): Layer {
  const normalised = (convolution: string, norm: string, options: ConvolutionOptions) =>
    normalisedConvolution({ convolution: `${name}.${convolution}`, norm: `${name}.${norm}` }, options);
  const main = sequence([
    normalised('conv1', 'bn1', { inputs, outputs, kernel: 3, stride }),
    activation,
    normalised('conv2', 'bn2', { inputs: outputs, outputs, kernel: 3 }),
  ]);
  const projected = stride !== 1 || inputs !== outputs;
  const shortcut = sequence(
    projected ? [normalised('shortcut.0', 'shortcut.1', { inputs, outputs, kernel: 1, stride })] : [],
  );
  return {
    params: [...main.params, ...shortcut.params],
    buffers: [...main.buffers, ...shortcut.buffers],
    fold: (state, options) => foldAll([main, shortcut], state, options),
    apply(x, pass) {
      const output = pass.relu(tf.add(main.apply(x, pass), shortcut.apply(x, pass)));
      return pass.block?.(name, output) ?? output;
    },
  };
}
