import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { checkRandom, type Random } from '../random.js';
import { interpolate } from './interpolate.js';
import type { Ranks } from './ranker.js';
import { checkLevel, derive, floats, percent } from './removal.js';

/** 'morf': the most relevant first. 'lerf': the least relevant first. */
export type RemovalOrder = 'morf' | 'lerf';

/** Which pixels are replaced, and by how much noise. */
export interface ImputationOptions {
  /** Which share of the pixels is replaced, exactly round(level · H·W); at least one must be left. */
  level: number;
  /** Default 'morf'. */
  order?: RemovalOrder;
  /** Standard deviation of the noise, default 0.01. */
  noise?: number;
  /** Draws the noise. */
  random: Random;
}

/**
 * Replaces pixels by noisy linear imputation: by the weighted means of their neighbours, plus noise. Unlike a fixed value
 * it hides which pixels were removed, so that the mask gives less of the class away.
 *
 * @param ranks - From `rankPixels`, of pixels: [N, H·W].
 * @returns A data set with float32 images of its own, which the noise may bring outside of [0, 1].
 * @throws {ArgumentError} If level removes everything, or ranks do not fit the data set.
 * @formula x_p = Σ over the neighbours q in the image of w_q x_q / Σ w_q + noise, w = 1/6 beside and 1/12 across, for all removed p
 *   together
 * @cost No pass; a linear system of round(level · H·W) unknowns for each image, some milliseconds at 32×32.
 * @differs The system is solved exactly, by a band's Cholesky decomposition; theirs by SciPy's sparse solver.
 * @see Rong et al. 2022, arXiv:2202.00449, section 4.3; as their NoisyLinearImputer.
 * @example
 * const ranks = rankPixels(new Float32Array(test.images), { shape: [test.labels.length, ...test.shape] });
 * const imputed = imputePixels(test, ranks, { level: 0.3, random });
 */
export function imputePixels(dataset: Dataset, ranks: Ranks, options: ImputationOptions): Dataset {
  checkOptions('imputePixels', options);
  checkDataset('imputePixels', dataset);
  checkImputation('imputePixels', options);
  const { labels, shape } = dataset;
  if (ranks?.length !== labels.length * shape[0] * shape[1]) {
    throw new ArgumentError(
      `imputePixels: ranks must be [${labels.length}, ${shape[0] * shape[1]}], of pixels, got ${ranks?.length ?? 'no'} values`,
    );
  }
  const stream = options.random.fork(options.random.seed());
  return imputed(dataset, ranks, { ...options, streamOf: (n) => stream.fork(n) });
}

/** `imputePixels` without its checks, with a stream of random numbers for each image. */
export function imputed(
  dataset: Dataset,
  ranks: Ranks,
  options: Omit<ImputationOptions, 'random'> & { streamOf: (image: number) => Random },
): Dataset {
  const { level, order = 'morf', noise = 0.01, streamOf } = options;
  const { labels, shape } = dataset;
  const [height, width, channels] = shape;
  const pixels = height * width;
  const selected = Math.round(level * pixels);
  const images = floats(dataset);
  for (let n = 0; n < labels.length && selected > 0; n++) {
    const missing = Uint8Array.from(ranks.subarray(n * pixels, (n + 1) * pixels), (rank) =>
      (order === 'morf' ? rank < selected : rank >= pixels - selected) ? 1 : 0,
    );
    const image = images.subarray(n * pixels * channels, (n + 1) * pixels * channels);
    interpolate(image, missing, shape);
    const random = streamOf(n);
    for (let i = 0; i < image.length && noise > 0; i++)
      if (missing[Math.floor(i / channels)]) image[i] = (image[i] ?? 0) + noise * random.normal();
  }
  return derive(dataset, images, `${percent(level)} of pixels imputed, ${order}`);
}

/** @throws {ArgumentError} If an option is out of range. */
export function checkImputation(
  name: string,
  { level, order = 'morf', noise = 0.01, random }: ImputationOptions,
): void {
  checkLevel(name, level);
  if (level === 1) throw new ArgumentError(`${name}: level must leave a pixel to impute from, got 1`);
  if (order !== 'morf' && order !== 'lerf')
    throw new ArgumentError(`${name}: order must be 'morf' or 'lerf', got ${String(order)}`);
  if (!(noise >= 0 && noise < Infinity))
    throw new ArgumentError(`${name}: noise must be a number ≥ 0, got ${noise}`);
  checkRandom(name, random);
}
