import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { checkOptions } from '../errors.js';
import { checkNetwork } from '../models/classifier.js';
import { type LogitsFunction, targetGradient } from '../models/inputGradient.js';
import type { Model } from '../models/model.js';
import type { Network } from '../models/passes.js';
import { attribute, type AttributionOptions, type Targets } from './attribute.js';
import { type Baseline, baselineTensor, checkBaseline } from './baseline.js';
import { logitsWithRelu } from './reluRule.js';

/** What the image is compared with, and whether the difference x − x′ is multiplied in. */
export interface DeepLiftOptions extends AttributionOptions {
  /** What differences are taken from; default 0, black. */
  baseline?: Baseline;
  /** Multiplies by x − x′; default true. Without it, the multipliers. */
  multiplyByInputs?: boolean;
}

/** Differences at a ReLU's input below this count as none, and its gradient is taken; captum's value. */
const smallestDifference = 1e-10;

/**
 * DeepLIFT with the rescale rule: (x − x′) times a gradient in which every ReLU's slope is the difference of its outputs
 * over that of its inputs, signed.
 *
 * Complete: an image's entries add up to z(x) − z(x′).
 *
 * @param model - A network of ReLUs; a plain function or a tf.LayersModel will not do.
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted', on the images themselves.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form, or a target is no class of the model.
 * @formula (x − x′) ⊙ ∂z_c/∂x, in which the ReLU's slope is Δy/Δu, the differences to the baseline x′
 * @cost 1 forward pass, with the baselines beside the images, and 1 backward pass.
 * @differs Rescale rule only; where a ReLU's inputs differ by less than 1e-10 its gradient is taken, as in captum.
 * @see Shrikumar et al. 2017, arXiv:1704.02685, section 3.5; as captum's DeepLift.
 * @example
 * const baseline = 0.5;
 * const maps = await deepLift(model, images, labels, { baseline });
 */
export async function deepLift(
  model: Model,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: DeepLiftOptions = {},
): Promise<Tensor4D> {
  checkOptions('deepLift', options);
  const { baseline = 0, multiplyByInputs = true } = options;
  checkNetwork('deepLift', model, 'the ReLUs of others are out of reach');
  checkBaseline('deepLift', images, baseline);
  const pass = multiplyByInputs ? deepLiftPass : multipliersPass;
  return attribute('deepLift', { model, images, targets, options }, ({ run, images, targets, slice }) =>
    tf.tidy(() => run(pass, { images, targets, baseline: baselineTensor(baseline, slice) })),
  );
}

type Inputs = { images: Tensor4D; targets: Tensor1D; baseline: Tensor };

export const deepLiftPass = (network: Network, inputs: Inputs): Tensor4D =>
  tf.mul(multipliersPass(network, inputs), tf.sub(inputs.images, inputs.baseline));

/** The target logit's gradient by the rescale rule. */
const multipliersPass = (network: Network, { images, targets, baseline }: Inputs): Tensor4D => {
  const [n, ...shape] = images.shape;
  const references = tf.add<Tensor4D>(tf.zeros([baseline.rank === 4 ? n : 1, ...shape]), baseline);
  const both = logitsWithRelu('deepLift', network, (x) => rescalingRelu(x, n));
  const logits: LogitsFunction = (x) => tf.slice(both(tf.concat([x, references])), 0, n);
  return targetGradient(logits, images, targets);
};

/** max(x, 0) of n images and, after them, their baselines; the gradient in an image follows the rescale rule. */
function rescalingRelu(x: Tensor4D, n: number): Tensor4D {
  return tf.customGrad((input, save) => {
    const value = tf.relu(input as Tensor4D);
    // tfjs calls the function with a list of tensors and, last, a function that saves some.
    (save as tf.GradSaveFunc)([input as Tensor4D, value]);
    return {
      value,
      gradFunc: (dy: Tensor4D, saved: Tensor[]) => {
        const [before, after] = saved as [Tensor4D, Tensor4D];
        const between = differences(before, n);
        const slope = tf.where(
          tf.less(tf.abs(between), smallestDifference),
          tf.step(imagesOf(before, n)),
          tf.div(differences(after, n), between),
        );
        const gradient = tf.mul<Tensor4D>(imagesOf(dy, n), slope);
        return tf.concat([gradient, tf.zerosLike(baselinesOf(dy, n))]);
      },
    };
  })(x);
}

function differences(x: Tensor4D, n: number): Tensor4D {
  return tf.sub(imagesOf(x, n), baselinesOf(x, n));
}

function imagesOf(x: Tensor4D, n: number): Tensor4D {
  return tf.slice(x, 0, n);
}

/** One for all images, or one for each. */
function baselinesOf(x: Tensor4D, n: number): Tensor4D {
  return tf.slice(x, n, x.shape[0] - n);
}
