import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { type Fill, imageDraws } from '../models/draws.js';
import { targetGradient } from '../models/inputGradient.js';
import { checkImages, type Slice } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import type { Network } from '../models/passes.js';
import type { Random } from '../random.js';
import { attribute, sumOverPasses, type Targets } from './attribute.js';
import { noiseOf, type NoiseOptions } from './noisyGradients.js';

/** The baselines, the places on the way from them and the noise of `gradientShap`, and how many are drawn. */
export interface GradientShapOptions extends NoiseOptions {
  /** Random baselines of each image, each with a random place on the way from it; default 50. */
  samples?: number;
  /** Each sample takes one of them; default: normal numbers of deviation 0.001, fresh ones for each sample. */
  baselines?: Tensor4D;
  /** Standard deviation of noise on the images, in pixel units; default 0. */
  sigma?: number;
  /** Multiplies by x − x′; default true. Without it, the mean gradient. */
  multiplyByInputs?: boolean;
  /** Draws baselines, places and noise; another call with it draws others. */
  random: Random;
}

/** Draws for some samples of some images, one sample of all images first. */
interface Draws {
  /** [copies, H, W, C] each; no noise where sigma is 0. */
  baselines(samples: Slice, images: Slice): Tensor4D;
  noise?(samples: Slice, images: Slice): Tensor4D;
  /** Places on the path, [copies, 1, 1, 1], uniform in [0, 1). */
  places(samples: Slice, images: Slice): Tensor4D;
}

/**
 * GradientSHAP: the mean over samples of the gradient at a random place on the line from a random baseline x′ to the
 * image x, times x − x′, signed; x may carry noise.
 *
 * An estimate of expected gradients: complete on average, Σ ≈ z(x) − mean of z(x′), with a spread that falls with
 * 1/√samples.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted', of the images themselves.
 * @param options - `batchSize` counts samples of all images together, which bounds the memory.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @formula 1/n Σᵢ (x − x′ᵢ) ⊙ ∇z_c(x′ᵢ + αᵢ(x − x′ᵢ)), αᵢ uniform in [0, 1)
 * @cost `samples` forward and backward passes.
 * @differs 50 samples where captum takes 5; the default baselines are Zeng et al.'s, captum has none.
 * @see Lundberg and Lee 2017, arXiv:1705.07874; Erion et al. 2021, arXiv:1906.10670; as captum's GradientShap.
 * @example
 * const maps = await gradientShap(model, images, labels, { baselines: images, samples: 10, random });
 */
export async function gradientShap(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: GradientShapOptions,
): Promise<Tensor4D> {
  checkOptions('gradientShap', options);
  const { baselines, sigma = 0, multiplyByInputs = true, random } = options;
  const noise = noiseOf('gradientShap', { ...options, sigma });
  checkImages('gradientShap', images);
  if (baselines) checkBaselines(images, baselines);
  const draws = newDraws(random, { images, baselines, noise: sigma > 0 ? noise.fill : undefined });
  const { samples: count, batchSize } = noise;
  const pass = multiplyByInputs ? sumOfSamples : sumOfGradients;
  return attribute('gradientShap', { model, images, targets, options }, (batch) =>
    sumOverPasses('gradientShap', { ...batch, count, batchSize }, (samples) => {
      const { run, images, targets, slice } = batch;
      const clean = tf.tile<Tensor4D>(images, [samples.to - samples.from, 1, 1, 1]);
      const noise = draws.noise?.(samples, slice);
      const ends = noise ? tf.add<Tensor4D>(clean, noise) : clean;
      const starts = draws.baselines(samples, slice);
      const sum = run(pass, { targets, ends, starts, places: draws.places(samples, slice) });
      return tf.div<Tensor4D>(sum, count);
    }),
  );
}

type Inputs = {
  /** [n]. */
  targets: Tensor1D;
  /** Of the paths, [copies · n, H, W, C] each, one sample of all images first. */
  ends: Tensor4D;
  starts: Tensor4D;
  /** [copies · n, 1, 1, 1]. */
  places: Tensor4D;
};

/** Σ over some samples of each image, times what they differ from their baselines. */
export const sumOfSamples = (network: Network, inputs: Inputs): Tensor4D =>
  sumOverCopies(tf.mul(gradients(network, inputs), tf.sub(inputs.ends, inputs.starts)), inputs);

const sumOfGradients = (network: Network, inputs: Inputs): Tensor4D =>
  sumOverCopies(gradients(network, inputs), inputs);

function gradients({ logits }: Network, { targets, ends, starts, places }: Inputs): Tensor4D {
  const points = tf.add<Tensor4D>(starts, tf.mul(places, tf.sub(ends, starts)));
  return targetGradient(logits, points, tf.tile(targets, [ends.shape[0] / targets.shape[0]]));
}

function sumOverCopies(values: Tensor4D, { targets }: Inputs): Tensor4D {
  const [n] = targets.shape;
  const [all, ...shape] = values.shape;
  return tf.sum<Tensor4D>(tf.reshape(values, [all / n, n, ...shape]), 0);
}

function newDraws(
  random: Random,
  { images, baselines, noise }: { images: Tensor4D; baselines?: Tensor4D; noise?: Fill },
): Draws {
  const { shape } = images;
  const [choice, place, offset] = [imageDraws(random), imageDraws(random), imageDraws(random)];
  const number = [1, 1, 1, 1];
  return {
    baselines(samples, images) {
      if (!baselines) return choice(faint, { images, samples, shape });
      const fill: Fill = (row, stream) => row.fill(stream.integer(baselines.shape[0]));
      const chosen = choice(fill, { images, samples, shape: number });
      return tf.gather(baselines, tf.cast(tf.reshape(chosen, [-1]), 'int32'));
    },
    places: (samples, images) =>
      place((row, stream) => row.fill(stream.uniform()), { images, samples, shape: number }),
    ...(noise && { noise: (samples, images) => offset(noise, { images, samples, shape }) }),
  };
}

/** Almost black: the baselines of Zeng et al. 2021. */
const faint: Fill = (row, stream) => {
  for (let i = 0; i < row.length; i++) row[i] = 0.001 * stream.normal();
};

function checkBaselines(images: Tensor4D, baselines: Tensor4D): void {
  const [, ...shape] = images.shape;
  const [count, ...own] = baselines.shape;
  if (count > 0 && own.join() === shape.join()) return;
  throw new ArgumentError(
    `gradientShap: baselines must be [at least 1, ${shape.join(', ')}], got [${baselines.shape.join(', ')}]`,
  );
}
