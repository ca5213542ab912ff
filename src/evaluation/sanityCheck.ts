import * as tf from '@tensorflow/tfjs-core';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { checkNetwork } from '../models/classifier.js';
import type { Model, Tensors } from '../models/model.js';
import { checkRandom, type Random } from '../random.js';
import { explain, explainedClasses, type ExplainOptions, type Method } from './method.js';
import { type PerImage, perPair } from './perImage.js';
import { pixelScores } from './pixelScores.js';
import {
  type Block,
  blocksOf,
  estimated,
  freshTensors,
  lastBlock,
  noiseTensors,
  replaced,
} from './randomise.js';
import { spearman, ssim } from './similarity.js';

/** Which weights are randomised, in which order, and how. */
export interface SanityOptions extends ExplainOptions {
  /**
   * 'cascade' (default): from the logits to the images, one block more in each row. 'independent': one block at a time.
   * 'lastBlock': a single row, with the convolutions of the last residual block.
   */
  order?: 'cascade' | 'independent' | 'lastBlock';
  /**
   * 'fresh': as a new network starts, batch norms included (default). 'noise': weights drawn from a normal distribution of
   * mean 0, batch norms and biases kept (default for 'lastBlock').
   */
  weights?: 'fresh' | 'noise';
  /** Standard deviation of the noise; default each tensor's own. */
  sigma?: number;
  /** Running statistics of batch norms: as they come (default), or 'estimated' anew on the data set's images. */
  statistics?: 'kept' | 'estimated';
  /** Draws the weights. */
  random: Random;
}

/** How much maps of a randomised network resemble those of the trained one. */
export interface SanityRow {
  /** The block randomised last: 'linear', 'layer3.0', 'conv1'. */
  readonly block: string;
  /** Rank correlation of the signed maps over all H·W·C entries. */
  readonly spearman: PerImage;
  /** Rank correlation of the maps' absolute values. */
  readonly spearmanAbsolute: PerImage;
  /** Structural similarity of the pixel scores Σ|map| over channels, each image's scaled to a maximum of 1. */
  readonly ssim: PerImage;
}

/**
 * Randomises a network's weights and compares the maps with the trained network's: a method whose maps stay as they are
 * does not explain what the network has learnt.
 *
 * Both networks explain the same classes, those of the trained one. Zeng et al.'s figure 5 is `order: 'lastBlock'`; they
 * do not state the noise's size, nor whether the running statistics stay.
 *
 * @param method - `saliency`, or `(model, images, targets) => maps`.
 * @returns One row for each randomisation.
 * @throws {ArgumentError} If an option is unknown, images are smaller than 11×11, or maps do not fit the images.
 * @throws {InterruptedError} When the user stops the work.
 * @formula Spearman's ρ and SSIM of the maps of θ and of θ with layers drawn anew
 * @cost One map for each row and one more.
 * @differs Adebayo et al. also compare histograms of oriented gradients. 'noise' and 'lastBlock' are Zeng et al.'s.
 * @see Adebayo et al. 2018, arXiv:1810.03292, section 3; Zeng et al. 2021, PMLR 157:753, figure 5.
 * @example
 * const rows = await sanityCheck(model, test, saliency, { random });
 * const zeng = await sanityCheck(model, test, saliency, { order: 'lastBlock', random });
 */
export async function sanityCheck(
  model: Model,
  dataset: Dataset,
  method: Method<Model>,
  options: SanityOptions,
): Promise<SanityRow[]> {
  const plan = planOf(model, options);
  checkDataset('sanityCheck', dataset);
  const classes = await explainedClasses('sanityCheck', { model, dataset }, options);
  const { batchSize, label, random } = options;
  const maps = (network: Model, block: string) =>
    explain({ model: network, method }, dataset, {
      classes,
      batchSize,
      ...(label !== undefined && { label: `${label}, ${block}` }),
    });
  const before = await maps(model, 'trained');
  const drawn =
    plan.weights === 'fresh'
      ? freshTensors(model, random)
      : await noiseTensors(model, { sigma: options.sigma, random });
  try {
    const rows: SanityRow[] = [];
    for (const [name, tensors] of plan.rows) {
      let network = replaced(model, tensors, drawn);
      try {
        if (plan.estimated) network = await estimated(network, dataset, batchSize);
        rows.push({ block: name, ...compared(before, await maps(network, name), dataset.shape) });
      } finally {
        network.dispose();
      }
    }
    return rows;
  } finally {
    tf.dispose(Object.values<Tensors[string]>(drawn));
  }
}

interface SanityPlan {
  /** What is randomised for each row, and the row's name. */
  rows: readonly (readonly [name: string, tensors: readonly string[]])[];
  weights: 'fresh' | 'noise';
  estimated: boolean;
}

function planOf(model: Model, options: SanityOptions): SanityPlan {
  checkOptions('sanityCheck', options);
  const { order = 'cascade', sigma, statistics = 'kept', random } = options;
  const { weights = order === 'lastBlock' ? 'noise' : 'fresh' } = options;
  checkRandom('sanityCheck', random);
  checkNetwork('sanityCheck', model, 'the weights of others are out of reach');
  choice('order', order, ['cascade', 'independent', 'lastBlock']);
  choice('weights', weights, ['fresh', 'noise']);
  choice('statistics', statistics, ['kept', 'estimated']);
  if (sigma !== undefined && !(sigma >= 0 && sigma < Infinity))
    throw new ArgumentError(`sanityCheck: sigma must be a number ≥ 0, got ${sigma}`);
  return { rows: rowsOf(model, order), weights, estimated: statistics === 'estimated' };
}

function rowsOf(model: Model, order: 'cascade' | 'independent' | 'lastBlock'): SanityPlan['rows'] {
  if (order === 'lastBlock') return [named(lastBlock(model))];
  const blocks = blocksOf(model).reverse();
  if (order === 'independent') return blocks.map(named);
  return blocks.map(({ name }, i) => [name, blocks.slice(0, i + 1).flatMap(({ tensors }) => tensors)]);
}

const named = ({ name, tensors }: Block) => [name, tensors] as const;

function choice(option: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const names = allowed.map((name) => `'${name}'`).join(' or ');
  throw new ArgumentError(`sanityCheck: ${option} must be ${names}, got ${String(value)}`);
}

function compared(
  before: Float32Array,
  after: Float32Array,
  [height, width, channels]: Dataset['shape'],
): Omit<SanityRow, 'block'> {
  const size = height * width * channels;
  const each = (measure: (a: Float32Array, b: Float32Array) => number) =>
    perPair(before, after, { size, measure });
  const shown = (map: Float32Array) => scaled(pixelScores(map, channels));
  return {
    spearman: each(spearman),
    spearmanAbsolute: each((a, b) => spearman(a.map(Math.abs), b.map(Math.abs))),
    ssim: each((a, b) => ssim(shown(a), shown(b), [height, width])),
  };
}

/** Divided by the largest entry, unless that is 0. */
function scaled(scores: Float32Array): Float32Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), 0);
  return largest > 0 ? scores.map((score) => score / largest) : scores;
}
