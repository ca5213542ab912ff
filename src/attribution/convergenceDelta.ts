import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { oneHot } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import type { Network } from '../models/passes.js';
import { attribute, type AttributionOptions, type Targets } from './attribute.js';
import { type Baseline, baselineTensor, checkBaseline } from './baseline.js';

/** The classes and the baseline that the maps were made with. */
export interface ConvergenceDeltaOptions extends AttributionOptions {
  /** The classes that the maps explain, [N]; default 'predicted', of the images themselves. */
  targets?: Targets;
  /** The baseline that the maps were made with; default 0. */
  baseline?: Baseline;
}

/**
 * Convergence delta: by how much each image's map misses completeness, the mark of integrated gradients and DeepLIFT.
 *
 * Far from 0 beside z_c(x) − z_c(x′) means that integrated gradients need more steps.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - [N, H, W, C], float32.
 * @param maps - What an attribution gave for them, [N, H, W, C].
 * @returns [N]; the caller disposes it.
 * @throws {ArgumentError} If an argument has another form, or a target is no class of the model.
 * @formula Σ map − (z_c(x) − z_c(x′))
 * @cost 2 forward passes.
 * @differs Nothing from captum's `return_convergence_delta=True`, which it computes after the maps too.
 * @see Sundararajan et al. 2017, arXiv:1703.01365, section 3, completeness.
 * @example
 * const maps = await integratedGradients(model, images, labels, { steps: 20 });
 * const delta = await convergenceDelta(model, images, maps, { targets: labels });
 * console.log(await delta.data());
 */
export async function convergenceDelta(
  model: Classifier,
  images: Tensor4D,
  maps: Tensor4D,
  options: ConvergenceDeltaOptions = {},
): Promise<Tensor1D> {
  checkOptions('convergenceDelta', options);
  const { targets = 'predicted', baseline = 0 } = options;
  checkBaseline('convergenceDelta', images, baseline);
  if (!(maps instanceof tf.Tensor) || maps.shape.join() !== images.shape.join()) {
    const got = maps instanceof tf.Tensor ? `[${maps.shape.join(', ')}]` : String(maps);
    throw new ArgumentError(`convergenceDelta: maps must be [${images.shape.join(', ')}], got ${got}`);
  }
  const rises = await attribute('convergenceDelta', { model, images, targets, options }, (batch) => {
    const { run, images, targets, slice } = batch;
    return tf.tidy(() => run(risePass, { images, targets, baseline: baselineTensor(baseline, slice) }));
  });
  return tf.tidy(() => {
    const rise = tf.squeeze<Tensor1D>(rises, [1, 2, 3]);
    rises.dispose();
    return tf.sub<Tensor1D>(tf.sum(maps, [1, 2, 3]), rise);
  });
}

/** z_c(x) − z_c(x′), [n, 1, 1, 1]. */
const risePass = (
  { logits }: Network,
  { images, targets, baseline }: { images: Tensor4D; targets: Tensor1D; baseline: Tensor },
): Tensor4D => {
  const start = logits(tf.add(tf.zerosLike(images), baseline));
  const difference = tf.sub<Tensor2D>(logits(images), start);
  return tf.reshape(tf.sum(tf.mul(difference, oneHot(targets, difference)), 1), [-1, 1, 1, 1]);
};
