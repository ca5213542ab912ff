import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { type Draw, type Fill, imageDraws } from '../models/draws.js';
import { targetGradient } from '../models/inputGradient.js';
import type { Pass } from '../models/passes.js';
import { checkRandom, type Random } from '../random.js';
import { type AttributionOptions, type Explained, sumOverPasses } from './attribute.js';

/** The noisy copies of each image at which gradients are taken. */
export interface NoiseOptions extends AttributionOptions {
  /** Noisy copies of each image; default 50. */
  samples?: number;
  /** Standard deviation of the noise in pixel units, default 0.15; noisy images are not clipped to [0, 1]. */
  sigma?: number;
  /** Draws the noise; another call with it draws other noise. */
  random: Random;
}

/** Noise for the samples of one call, and how many copies one pass holds. */
export interface Noise {
  samples: number;
  batchSize: number;
  fill: Fill;
  draw: Draw;
}

/** @throws {ArgumentError} If samples or sigma is out of range, or random is missing. */
export function noiseOf(name: string, options: NoiseOptions): Noise {
  checkOptions(name, options);
  const { samples = 50, sigma = 0.15, batchSize = 256, random } = options;
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw new ArgumentError(`${name}: samples must be a positive integer, got ${samples}`);
  }
  if (!(sigma >= 0 && sigma < Infinity)) {
    throw new ArgumentError(`${name}: sigma must be a number ≥ 0, got ${sigma}`);
  }
  checkRandom(name, random);
  const fill: Fill = (row, stream) => {
    for (let i = 0; i < row.length; i++) row[i] = sigma * stream.normal();
  };
  return { samples, batchSize, fill, draw: imageDraws(random) };
}

/** One pass over noisy copies of a batch's images. */
export type NoisyInputs = {
  /** [n, H, W, C]. */
  images: Tensor4D;
  /** [n]. */
  targets: Tensor1D;
  /** What is added to the copies, [copies · n, H, W, C], one copy of all images first. */
  offsets: Tensor4D;
};

/**
 * The pass that sums f over the copies of each image, [n, H, W, D]; call it once for each f.
 *
 * @param f - Maps the target logit's gradients at the copies [copies · n, H, W, C], each on its own, to [copies · n, H, W, D].
 */
export function noisyPass<I extends NoisyInputs>(
  f: (gradient: Tensor4D, inputs: I) => Tensor4D,
): Pass<I, Tensor4D> {
  return ({ logits }, inputs) => {
    const { images, targets, offsets } = inputs;
    const copies = offsets.shape[0] / images.shape[0];
    const noisy = tf.add<Tensor4D>(tf.tile(images, [copies, 1, 1, 1]), offsets);
    const values = f(targetGradient(logits, noisy, tf.tile(targets, [copies])), inputs);
    const [n, height, width] = images.shape;
    return tf.sum<Tensor4D>(tf.reshape(values, [copies, n, height, width, values.shape[3]]), 0);
  };
}

/**
 * Mean over the samples of what a noisy pass sums, in passes of at most `batchSize` copies.
 *
 * @param further - More inputs of the pass.
 * @returns [n, H, W, D]; the caller disposes it.
 */
export async function meanOverNoise<Further extends Record<string, Tensor>>(
  name: string,
  batch: Explained & { noise: Noise; further: Further },
  pass: Pass<NoisyInputs & Further, Tensor4D>,
): Promise<Tensor4D> {
  const { run, images, targets, slice, noise, further } = batch;
  return sumOverPasses(name, { ...batch, batchSize: noise.batchSize, count: noise.samples }, (samples) => {
    const offsets = noise.draw(noise.fill, { images: slice, samples, shape: images.shape });
    return tf.div<Tensor4D>(run(pass, { images, targets, offsets, ...further }), noise.samples);
  });
}
