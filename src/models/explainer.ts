import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { checkRandom, type Random } from '../random.js';
import { checkNetwork } from './classifier.js';
import { deconvolution } from './deconvolution.js';
import { type ExplainerOutput, type ExplainerSizes, explainerSizes, outward } from './explainerSizes.js';
import { activation, batchNorm, relu, sequence, take, type Layer, type Pass } from './layers.js';
import type { ApplyOptions, ApplyResult, Architecture, FoldOptions } from './model.js';
import type { Model, ModelState, Tensors } from './model.js';
import { checkTensors, initialise, type StateSpec, type TensorSpec } from './params.js';
import { forgetPasses } from './passes.js';

/** The layers that `withExplainer` adds. */
export interface ExplainerOptions {
  /** Filters of the deconvolutions; default the paper's [64, 128, 256, 512]. */
  filters?: readonly number[];
  /**
   * Their strides, whose product is that of the network's; default 1 or 2, the twos last: [1, 2, 2, 2] for ResNet-18.
   * The paper's text says 'stride of 3', read here as the kernel's edge.
   */
  strides?: readonly number[];
  /**
   * 'signed' (default): a 1×1 convolution, zero at first, takes the last filters to the image's channels, so that maps
   * can be negative. 'rectified', the paper's words to the letter: the last ReLUs' mean, ≥ 0, the same in every channel,
   * learned from |g|.
   */
  output?: ExplainerOutput;
  /** Draws the initial weights. */
  random: Random;
}

/** A network with an explainer E, which makes attribution maps of its last convolutional features. */
export interface ExplainedModel extends Model {
  /** What `ExplainerOptions.output` says. */
  readonly output: ExplainerOutput;
  explain: NonNullable<Model['explain']>;
  withState(state: ModelState): ExplainedModel;
}

/**
 * Adds an explainer to a network: deconvolutions (3×3), each with batch norm and ReLU, from the last convolutional
 * features to the images' size. `trainExplainer` trains both.
 *
 * @param model - Its tensors become the new model's: dispose one of the two.
 * @throws {ArgumentError} If a size is no positive integer, or the strides do not lead back to the images' size.
 * @see Zeng et al. 2021, PMLR 157:753, eq. 5.
 * @example
 * const explained = withExplainer(model, { filters: [4, 8, 8, 8], random });
 */
export function withExplainer(model: Model, options: ExplainerOptions): ExplainedModel {
  checkOptions('withExplainer', options);
  const { filters = [64, 128, 256, 512], strides, output = 'signed', random } = options;
  checkRandom('withExplainer', random);
  checkNetwork('withExplainer', model, 'the features of others are out of reach');
  if (isExplained(model)) throw new ArgumentError('withExplainer: the model must have no explainer yet');
  const { architecture } = model;
  const explainerStrides = strides ?? outward(architecture, filters.length);
  const whole = { ...architecture, explainerFilters: filters, explainerStrides, explainerOutput: output };
  const structure = build(whole);
  const own = initialise(structure, random);
  const state = { params: { ...model.params, ...own.params }, buffers: { ...model.buffers, ...own.buffers } };
  return new Explained(model, structure, state);
}

/**
 * A network with the explainer that its architecture names.
 *
 * @param state - All tensors, the model's too; the result owns them.
 * @throws {ArgumentError} As `withExplainer`, and if a tensor is missing or of another shape.
 */
export function explainedFrom(model: Model, architecture: Architecture, state: ModelState): ExplainedModel {
  return new Explained(model, build(architecture), state);
}

/** What an explainer of this architecture consists of. @throws {ArgumentError} As `withExplainer`. */
export function explainerSpec(architecture: Architecture): StateSpec {
  const { params, buffers } = build(architecture);
  return { params, buffers };
}

/** Whether a model has an explainer. */
export function isExplained(model: unknown): model is ExplainedModel {
  return typeof model === 'object' && model !== null && 'explain' in model;
}

interface Structure extends StateSpec {
  readonly architecture: Architecture;
  readonly sizes: ExplainerSizes;
  /** Features to maps of at least the images' size. */
  readonly body: Layer;
}

class Explained implements ExplainedModel {
  readonly architecture: Architecture;
  readonly params: Tensors;
  readonly buffers: Tensors;
  readonly #model: Model;
  readonly #structure: Structure;

  constructor(model: Model, structure: Structure, state: ModelState) {
    const own = (specs: readonly TensorSpec[], tensors: Tensors) =>
      Object.fromEntries(specs.map(({ name }) => [name, tensors[name] as Tensor]));
    checkTensors('explainer', structure.params, own(structure.params, state.params));
    checkTensors('explainer', structure.buffers, own(structure.buffers, state.buffers));
    this.architecture = structure.architecture;
    this.params = state.params;
    this.buffers = state.buffers;
    this.#model = model;
    this.#structure = structure;
  }

  get output(): ExplainerOutput {
    return this.#structure.sizes.output;
  }

  apply(state: ModelState, images: Tensor4D, options: ApplyOptions = {}): ApplyResult {
    const result = this.#model.apply(state, images, options);
    return options.training ? { ...result, buffers: { ...state.buffers, ...result.buffers } } : result;
  }

  explain(
    state: ModelState,
    features: Tensor4D,
    { size: [height, width], training = false }: { size: readonly [number, number]; training?: boolean },
  ): { maps: Tensor4D; buffers: Tensors } {
    const updated: Record<string, Tensor> = {};
    const pass: Pass = { ...state, training, relu, updated };
    const maps = this.#structure.body.apply(features, pass);
    // The features of an image whose side is no multiple of the strides reach beyond it.
    const cut = tf.slice(maps, [0, 0, 0, 0], [maps.shape[0], height, width, maps.shape[3]]);
    return { maps: cut, buffers: updated };
  }

  /** The explainer's own batch norms follow transposed convolutions and stay. */
  fold(state: ModelState, options: FoldOptions): ModelState {
    const { params, buffers } = this.#structure;
    const own = (specs: readonly TensorSpec[], tensors: Tensors): Tensors =>
      Object.fromEntries(specs.map(({ name }) => [name, tf.clone(take(tensors, name))]));
    const network = this.#model.fold?.(state, options) ?? state;
    return {
      params: { ...network.params, ...own(params, state.params) },
      buffers: { ...network.buffers, ...own(buffers, state.buffers) },
    };
  }

  predict(images: Tensor4D): Tensor2D {
    return tf.tidy(() => this.apply(this, images).logits);
  }

  withState(state: ModelState): ExplainedModel {
    const { params, buffers } = this.#structure;
    const others = (specs: readonly TensorSpec[], tensors: Tensors): Tensors => {
      const own = new Set(specs.map(({ name }) => name));
      return Object.fromEntries(Object.entries(tensors).filter(([name]) => !own.has(name)));
    };
    const rest = { params: others(params, state.params), buffers: others(buffers, state.buffers) };
    return new Explained(this.#model.withState(rest), this.#structure, state);
  }

  dispose(): void {
    forgetPasses(this);
    tf.dispose([...Object.values(this.params), ...Object.values(this.buffers)]);
  }
}

function build(architecture: Architecture): Structure {
  const sizes = explainerSizes(architecture);
  const { filters, strides, output, channels } = sizes;
  let inputs = sizes.features;
  const layers = filters.map((outputs, i) => {
    const options = { inputs, outputs, kernel: 3, stride: strides[i] ?? 1 };
    inputs = outputs;
    const name = (layer: string) => `explainer.${layer}${i + 1}`;
    return sequence([deconvolution(name('deconv'), options), batchNorm(name('bn'), outputs), activation]);
  });
  const last = output === 'signed' ? projection('explainer.projection', { inputs, outputs: channels }) : mean;
  const body = sequence([...layers, last]);
  return { architecture, sizes, body, params: body.params, buffers: body.buffers };
}

/** A 1×1 convolution with bias, zero at first: E starts at no map at all, far from none that it may learn. */
function projection(name: string, { inputs, outputs }: { inputs: number; outputs: number }): Layer {
  const start = { kind: 'constant', value: 0 } as const;
  const weight: TensorSpec = { name: `${name}.weight`, shape: [1, 1, inputs, outputs], start };
  const bias: TensorSpec = { name: `${name}.bias`, shape: [outputs], start };
  return {
    params: [weight, bias],
    buffers: [],
    apply: (x, { params }) =>
      tf.add(tf.conv2d(x, take<Tensor4D>(params, weight.name), 1, 'same'), take<Tensor1D>(params, bias.name)),
  };
}

const mean: Layer = { params: [], buffers: [], apply: (x) => tf.mean(x, 3, true) };
