import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { type Draw, type Fill, imageDraws } from '../models/draws.js';
import { type LogitsFunction, targetGradient } from '../models/inputGradient.js';
import type { Batching } from '../models/inBatches.js';
import { checkRandom, type Random } from '../random.js';
import { type Explained, sumOverPasses } from './attribute.js';

export interface NoiseOptions extends Batching {
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

/**
 * Mean over the samples of f(gradient of the target's logit at image + noise), in passes of at most `batchSize` copies.
 *
 * @param f - Maps gradients [copies, H, W, C], each on its own, to [copies, H, W, D].
 * @returns [n, H, W, D]; the caller disposes it.
 */
export async function meanOverNoise(
  name: string,
  batch: Explained & { noise: Noise },
  f: (gradient: Tensor4D) => Tensor4D,
): Promise<Tensor4D> {
  const { images, slice, noise } = batch;
  return sumOverPasses(name, { ...batch, batchSize: noise.batchSize, count: noise.samples }, (samples) => {
    const offsets = noise.draw(noise.fill, { images: slice, samples, shape: images.shape });
    return tf.div<Tensor4D>(sumOfPass({ ...batch, offsets }, f), noise.samples);
  });
}

/** Σ over some samples of each image: one pass. Pure. */
export function sumOfPass(
  pass: { logits: LogitsFunction; images: Tensor4D; targets: Tensor1D; offsets: Tensor4D },
  f: (gradient: Tensor4D) => Tensor4D,
): Tensor4D {
  return tf.tidy(() => {
    const { logits, images, targets, offsets } = pass;
    const copies = offsets.shape[0] / images.shape[0];
    const noisy = tf.add<Tensor4D>(tf.tile(images, [copies, 1, 1, 1]), offsets);
    const values = f(targetGradient(logits, noisy, tf.tile(targets, [copies])));
    const [n, height, width] = images.shape;
    return tf.sum<Tensor4D>(tf.reshape(values, [copies, n, height, width, values.shape[3]]), 0);
  });
}
