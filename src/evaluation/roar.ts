import type { Attribution } from '../attribution/mapDataset.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset, TrainTest } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import type { Batching } from '../models/inBatches.js';
import { isClassifier } from '../models/classifier.js';
import type { Classifier } from '../models/model.js';
import { checkRandom, type Random } from '../random.js';
import { type Accuracy, accuracy } from './accuracy.js';
import { checkFilling, type Filling, fillingFor } from './fillings.js';
import type { Ranks } from './ranker.js';
import { rankDataset } from './rankDataset.js';
import { checkLevel, checkUnit, keepPixels, maskOnly, removePixels, type RemovalUnit } from './removal.js';
import { trainSmall } from './trainSmall.js';

/** Trains a fresh model; `label` names its progress. Whoever asked for the model disposes it. */
export type Train = (dataset: Dataset, options: { random: Random; label: string }) => Promise<Classifier>;

/** Which shares of the pixels are removed or kept, and how networks are trained anew without the others. */
export interface RoarOptions extends Batching {
  /** Trains a fresh model on the changed images; default `trainSmall`. */
  train?: Train;
  /** Retraining s gets the stream `random.fork(s)` at every level, whatever was drawn before. */
  random: Random;
  /** Shares removed (roar) or kept (kar); default 0, 0.2, 0.4, 0.6, 0.8. */
  levels?: readonly number[];
  /** Retrainings at each level: their number, or which ones; default 1. */
  seeds?: number | readonly number[];
  /** Default 'pixel'. */
  unit?: RemovalUnit;
  /** What replaces a pixel; default 'mean', the training set's channel means. */
  value?: Filling;
}

/** Test accuracy of one retrained model. */
export interface RoarRow extends Accuracy {
  /** Share of the pixels that was removed or, for `kar`, kept, 0…1. */
  readonly level: number;
  /** Which retraining: its random numbers come from `random.fork(seed)`. */
  readonly seed: number;
}

/** The maps of a training and a test set: a function of images, or float32 [N, H, W] or [N, H, W, C] for both. */
export type MapSource =
  | Attribution
  | {
      /** Of the training images, float32 [N, H, W] or [N, H, W, C]. */
      readonly train: Float32Array;
      /** Of the test images, likewise. */
      readonly test: Float32Array;
    };

/**
 * Remove and retrain: removes the pixels that a method calls important from training and test images, and measures the
 * test accuracy of models trained anew. The lower it is, the more faithful the method.
 *
 * Maps are made once, from images that are not augmented.
 *
 * @param data - Training and test set.
 * @param attribution - `(images) => saliency(model, images)`, or maps made before.
 * @returns One row for each level and seed.
 * @throws {ArgumentError} If a level is outside 0…1, or maps or value do not fit the images.
 * @throws {InterruptedError} When the user stops the work.
 * @formula test accuracy of a network trained anew on images without the share `level` of most important pixels
 * @differs Hooker et al. rank single channel values (`unit: 'channel'`) and retrain five times (`seeds: 5`); pixels, as in
 *   Zeng et al., and once are the defaults.
 * @see Hooker et al. 2019, arXiv:1806.10758 (ROAR); Zeng et al. 2021, PMLR 157:753.
 * @cost Two maps of each image, and a training for each level and seed.
 * @example
 * const rows = await roar({ train, test }, (images) => saliency(model, images), { levels: [0.5], random });
 */
export function roar(data: TrainTest, attribution: MapSource, options: RoarOptions): Promise<RoarRow[]> {
  return retrain('roar', { data, attribution, change: removePixels }, options);
}

/**
 * Keep and retrain: the complement of `roar`. Only the important pixels stay; the higher the accuracy, the more
 * faithful the method.
 *
 * @formula test accuracy of a network trained anew on images of which only the share `level` of most important pixels is left
 * @differs As `roar`.
 * @see Hooker et al. 2019, arXiv:1806.10758 (KAR).
 * @see `roar`, for parameters and errors.
 * @cost Two maps of each image, and a training for each level and seed.
 * @example
 * const rows = await kar({ train, test }, (images) => saliency(model, images), { levels: [0.5], random });
 */
export function kar(data: TrainTest, attribution: MapSource, options: RoarOptions): Promise<RoarRow[]> {
  return retrain('kar', { data, attribution, change: keepPixels }, options);
}

/**
 * The control of `roar` that trains on the masks themselves: an accuracy above chance is what the removed pixels'
 * places give away of the class.
 *
 * @formula test accuracy of a network trained on the masks alone
 * @differs Rong et al. measure the leak by mutual information; here it is what a network learns from it.
 * @see Rong et al. 2022, arXiv:2202.00449, on class information leakage.
 * @see `roar`, for parameters and errors; `value` has no influence.
 * @cost Two maps of each image, and a training for each level and seed.
 * @example
 * const control = { levels: [0.5], random };
 * const rows = await maskControl({ train, test }, (images) => saliency(model, images), control);
 */
export function maskControl(
  data: TrainTest,
  attribution: MapSource,
  options: RoarOptions,
): Promise<RoarRow[]> {
  return retrain('maskControl', { data, attribution, change: maskOnly }, options);
}

type Change = (
  dataset: Dataset,
  ranks: Ranks,
  options: { level: number; value: ArrayLike<number> },
) => Dataset;

async function retrain(
  name: string,
  { data, attribution, change }: { data: TrainTest; attribution: MapSource; change: Change },
  options: RoarOptions,
): Promise<RoarRow[]> {
  checkOptions(name, options);
  const { levels = [0, 0.2, 0.4, 0.6, 0.8], value = 'mean', train = trainSmall, random, batchSize } = options;
  checkRandom(name, random);
  if (typeof train !== 'function')
    throw new ArgumentError(`${name}: train must be a function, got ${String(train)}`);
  checkPair(name, data);
  checkSource(name, attribution);
  checkUnit(name, options.unit ?? 'pixel');
  checkFilling(name, value, data.train.shape[2]);
  if (levels.length === 0) throw new ArgumentError(`${name}: levels must name at least one share, got none`);
  for (const level of levels) checkLevel(name, level);
  const seeds = seedList(name, options.seeds ?? 1);
  const ranks = await rankBoth(data, attribution, options);
  const fill = (part: 'train' | 'test') =>
    fillingFor(value, data[part], { training: data.train, random: random.fork(`filling of ${part}`) });
  const filling = { train: fill('train'), test: fill('test') };
  const rows: RoarRow[] = [];
  for (const level of levels) {
    const training = change(data.train, ranks.train, { level, value: filling.train });
    const test = change(data.test, ranks.test, { level, value: filling.test });
    for (const seed of seeds) {
      const label = `${options.label ?? name}, level ${level}, seed ${seed}`;
      const model = await train(training, { random: random.fork(seed), label });
      checkTrained(name, model);
      try {
        rows.push({ level, seed, ...(await accuracy(model, test, { batchSize })) });
      } finally {
        if (typeof model !== 'function') model.dispose();
      }
    }
  }
  return rows;
}

async function rankBoth(
  data: TrainTest,
  attribution: MapSource,
  { unit, batchSize, label }: RoarOptions,
): Promise<{ train: Ranks; test: Ranks }> {
  const rank = (part: 'train' | 'test') =>
    rankDataset(data[part], typeof attribution === 'function' ? attribution : attribution[part], {
      unit,
      batchSize,
      ...(label !== undefined && { label: `${label}, ${part} maps` }),
    });
  return { train: await rank('train'), test: await rank('test') };
}

function checkPair(name: string, data: TrainTest): void {
  if (!data?.train || !data.test)
    throw new ArgumentError(`${name}: the data must be {train, test}, got ${data ? 'one without' : 'none'}`);
  const { train, test } = data;
  checkDataset(name, train);
  checkDataset(name, test);
  if (train.shape.join() === test.shape.join()) return;
  throw new ArgumentError(
    `${name}: training and test images must have one shape, got [${train.shape.join(', ')}] and [${test.shape.join(', ')}]`,
  );
}

function checkSource(name: string, source: MapSource): void {
  if (typeof source === 'function') return;
  if (source?.train instanceof Float32Array && source.test instanceof Float32Array) return;
  throw new ArgumentError(
    `${name}: the attribution must be a function of images, or maps {train, test} as Float32Array`,
  );
}

/** The trainings of this package return more than the model. */
function checkTrained(name: string, model: unknown): void {
  if (isClassifier(model)) return;
  throw new ArgumentError(
    `${name}: train must return the model, got ${String(model)}; of a result {model, history}, return its model`,
  );
}

function seedList(name: string, seeds: number | readonly number[]): readonly number[] {
  const counted = typeof seeds === 'number' && Number.isInteger(seeds) && seeds >= 1 && seeds <= 1e6;
  const list = counted ? Array.from({ length: seeds }, (_, i) => i) : seeds;
  if (!Array.isArray(list) || list.length === 0 || !list.every(Number.isSafeInteger)) {
    throw new ArgumentError(
      `${name}: seeds must be how many retrainings, or a list of integers, got ${JSON.stringify(seeds)}`,
    );
  }
  return list;
}
