import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';

/** Tensors by name, in PyTorch's names: `layer1.0.conv1.weight`. Convolutions are HWIO, dense weights [in, out]. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** What a training changes: learned `params`, and `buffers` such as batch norm's running statistics. */
export interface ModelState {
  /** Weights, which the optimiser changes. */
  readonly params: Tensors;
  /** Running statistics, which a pass in training mode changes. */
  readonly buffers: Tensors;
}

/** Replacements for parts of the network, for attribution methods that change or read its backward pass. */
export interface Rules {
  /** Stands for every ReLU: guided backprop and DeepLIFT give one with a gradient of its own. */
  relu?: (x: Tensor4D) => Tensor4D;
  /** What the pooling gets in place of the last features: Grad-CAM adds zeros that it differentiates in. */
  features?: (x: Tensor4D) => Tensor4D;
  /** Gets what each block gives, by its name ('layer1.0'), and says what goes on: Grad-CAM of an inner layer. */
  block?: (name: string, x: Tensor4D) => Tensor4D;
}

export interface ApplyOptions {
  /** Batch statistics and updated buffers (true), or running statistics (false, the default). */
  training?: boolean;
  /** What stands in for parts of the network; default: nothing does. */
  rules?: Rules;
  /** Whether the state is what `fold` returned; default false. Such a pass is in evaluation mode. */
  folded?: boolean;
}

export interface FoldOptions {
  /** Adds filters with which gradients in images are convolutions forwards: it pays where the weights are constant. */
  mirrored: boolean;
}

export interface ApplyResult {
  /** [N, K]. */
  readonly logits: Tensor2D;
  /** The last convolutional features [N, h, w, F], before pooling. */
  readonly features: Tensor4D;
  /** The buffers after this batch; the ones handed in unless `training`. */
  readonly buffers: Tensors;
}

/** Plain JSON that names an architecture and its sizes. */
export type Architecture = Readonly<Record<string, string | number | readonly number[]>>;

/**
 * A network: its state, and a pure function of it.
 *
 * Normalisation sits inside: images are float32 [N, H, W, C] in [0, 1]. A model owns its tensors; `dispose` frees them.
 */
export interface Model extends ModelState {
  /** Part of every result's key, and enough to build the network again. */
  readonly architecture: Architecture;
  /** Pure: changes nothing, and can be differentiated twice in params and images. */
  apply(state: ModelState, images: Tensor4D, options?: ApplyOptions): ApplyResult;
  /**
   * A state for `apply` with `folded`, in which batch norm's running statistics are part of the convolutions: the same
   * function in evaluation mode up to rounding, with fewer operations, to be differentiated in images only. Pure.
   */
  fold?(state: ModelState, options: FoldOptions): ModelState;
  /**
   * Only a network with an explainer E has it: E of the features [N, h, w, F] of a pass over images [N, H, W, C], and the
   * buffers that this batch changes, none unless `training`. Maps are [N, H, W, C], or [N, H, W, 1] if 'rectified'. Pure.
   */
  explain?(
    state: ModelState,
    features: Tensor4D,
    options: { size: readonly [height: number, width: number]; training?: boolean },
  ): { maps: Tensor4D; buffers: Tensors };
  /** Logits [N, K] in evaluation mode; the caller disposes them. */
  predict(images: Tensor4D): Tensor2D;
  /** The same network with other tensors, which it then owns. */
  withState(state: ModelState): Model;
  /** Frees its tensors. */
  dispose(): void;
}

/** A model of tfjs's layers API, `tf.sequential` or `tf.model`, of images [N, H, W, C] to logits [N, K]; dropout is off. */
export interface LayersModel {
  /** What tells it from a network of Roarbook's. */
  readonly layers: readonly object[];
  /** Logits [N, K] of images [N, H, W, C]. */
  apply(images: Tensor4D): unknown;
  /** Frees its weights. */
  dispose(): unknown;
}

/**
 * Wherever a model is only asked for logits, a plain function images [N, H, W, C] → logits [N, K] will do, or a tf.LayersModel.
 * They run operation by operation.
 */
export type Classifier = Model | LayersModel | ((images: Tensor4D) => Tensor2D);
