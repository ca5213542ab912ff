import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { targetGradient } from '../models/inputGradient.js';
import { checkNetwork } from '../models/classifier.js';
import type { Model, Rules } from '../models/model.js';
import type { Pass } from '../models/passes.js';
import { attribute, type AttributionOptions, type Targets } from './attribute.js';

/** Whose features are weighed, and how the small map [h, w] becomes one of the image's size. */
export interface GradCamOptions extends AttributionOptions {
  /** Whose features are weighed, by its PyTorch name: a block, 'layer1.0', or the last one of 'layer1'; default the last. */
  layer?: string;
  /** Sets negative values of the small map to 0, as the paper does; default true. captum's default is false. */
  relu?: boolean;
  /** How the small map is enlarged; default 'bilinear'. */
  enlarge?: 'bilinear' | 'nearest';
}

/**
 * Grad-CAM: the last features, or another layer's, each weighted by the mean of the target logit's gradient in it, summed.
 *
 * The map has the features' size [h, w], is enlarged to the images', and is the same in every channel.
 *
 * @param model - A network that says what its last features are; a plain function or a tf.LayersModel will not do.
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted'.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form, or a target is no class of the model.
 * @formula max(0, Σₖ aₖ Aₖ), aₖ the mean of ∂z_c/∂Aₖ over the pixels of feature map k
 * @cost 1 forward pass, and 1 backward pass that ends at the features.
 * @differs Enlarged bilinearly (PyTorch's `align_corners=False`); captum's LayerAttribution.interpolate defaults to
 * 'nearest', and its LayerGradCam keeps negative values (`relu: false`).
 * @see Selvaraju et al. 2017, arXiv:1610.02391, eq. 1 and 2; as captum's LayerGradCam on a block.
 * @example
 * const maps = await gradCam(model, images, labels, { relu: false });
 */
export async function gradCam(
  model: Model,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: GradCamOptions = {},
): Promise<Tensor4D> {
  checkOptions('gradCam', options);
  const { layer, relu = true, enlarge = 'bilinear' } = options;
  checkNetwork('gradCam', model, 'the features of others are out of reach');
  if (enlarge !== 'bilinear' && enlarge !== 'nearest') {
    throw new ArgumentError(`gradCam: enlarge must be 'bilinear' or 'nearest', got ${String(enlarge)}`);
  }
  const pass = layer === undefined ? smallMap : smallMapAt(blockOf(model, layer));
  return attribute('gradCam', { model, images, targets, options }, ({ run, images, targets }) =>
    tf.tidy(() => {
      const [, height, width, channels] = images.shape;
      const small = run(pass, { images, targets });
      const map = relu ? tf.relu(small) : small;
      const large =
        enlarge === 'nearest'
          ? tf.image.resizeNearestNeighbor(map, [height, width])
          : tf.image.resizeBilinear(map, [height, width], false, true);
      return tf.tile<Tensor4D>(large, [1, 1, 1, channels]);
    }),
  );
}

type Inputs = { images: Tensor4D; targets: Tensor1D };

/** The map of the last features' size, signed, [n, h, w, 1]. */
export const smallMap = smallMapOf((replace) => ({ features: replace }));

/** The same of another block's features. */
function smallMapAt(block: string): Pass<Inputs, Tensor4D> {
  const pass =
    passes.get(block) ?? smallMapOf((replace) => ({ block: (name, x) => (name === block ? replace(x) : x) }));
  passes.set(block, pass);
  return pass;
}

/** One pass for each block, since a pass is known by its identity. */
const passes = new Map<string, Pass<Inputs, Tensor4D>>();

/** @param at - Rules that replace the features in question. */
function smallMapOf(at: (replace: (x: Tensor4D) => Tensor4D) => Rules): Pass<Inputs, Tensor4D> {
  return ({ apply }, { images, targets }) => {
    let features = images;
    apply(images, { rules: at((x) => (features = x)) });
    const gradient = targetGradient(
      // The same pass up to the features, which a recording takes once.
      (zeros) => apply(images, { rules: at((x) => tf.add(x, zeros)) }).logits,
      tf.zerosLike(features),
      targets,
    );
    const weights = tf.mean(gradient, [1, 2], true);
    return tf.sum<Tensor4D>(tf.mul(features, weights), 3, true);
  };
}

/** @throws {ArgumentError} Unless the network has the layer. */
function blockOf({ params }: Model, layer: string): string {
  const blocks = Object.keys(params).flatMap((name) => /^layer\d+\.\d+(?=\.)/.exec(name)?.[0] ?? []);
  const found = blocks.findLast((name) => name === layer || name.startsWith(`${layer}.`));
  if (found !== undefined) return found;
  throw new ArgumentError(
    `gradCam: layer must be one of ${[...new Set(blocks)].join(', ')}, got ${String(layer)}`,
  );
}
