import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { type Batching, forBatches } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import type { Random } from '../random.js';
import { type Accuracy, accuracy, summarise } from './accuracy.js';
import { checkImputation, imputed, type RemovalOrder } from './imputation.js';
import { explain, explainedClasses, type ExplainOptions, type Method } from './method.js';
import type { Ranks } from './ranker.js';
import { rankPixels } from './removal.js';

/** Which shares of the pixels are replaced, in which order, and by how much noise. */
export interface RoadOptions extends ExplainOptions {
  /** Shares of pixels replaced, below 1; default 0, 0.2, 0.4, 0.6, 0.8. */
  levels?: readonly number[];
  /** Default ['morf']: the most relevant pixels first. */
  orders?: readonly RemovalOrder[];
  /** Standard deviation of the imputed pixels' noise; default 0.01. */
  noise?: number;
  /** Draws the noise. */
  random: Random;
}

/** Accuracy of the model itself on imputed images. */
export interface RoadRow extends Accuracy {
  /** Which pixels were replaced first. */
  readonly order: RemovalOrder;
  /** Share of the pixels that was replaced, 0…1. */
  readonly level: number;
}

/**
 * Remove and debias: replaces the pixels that a method calls important by noisy linear imputation, and measures the
 * accuracy of the model itself: what `roar` asks, without retraining. In the order 'morf' a lower accuracy is better, in
 * 'lerf' a higher one.
 *
 * @param method - `saliency`, or `(model, images, targets) => maps`.
 * @returns One row for each order and level.
 * @throws {ArgumentError} If a level is outside 0…1 or removes everything, or maps do not fit the images.
 * @throws {InterruptedError} When the user stops the work.
 * @formula x_p = Σ over the 8 neighbours of w_q x_q + noise for each removed p, w = 1/6 beside and 1/12 across, solved for all of them together; then mean of [argmax z = y]
 * @cost One map, and a forward pass for each order and level; imputing takes some milliseconds of the processor's time.
 * @differs Nothing but the random numbers: the same noise for each image, whatever the level, order or method.
 * @see Rong et al. 2022, arXiv:2202.00449.
 * @example
 * const rows = await road(model, test, saliency, { levels: [0, 0.5], random });
 */
export async function road<M extends Classifier>(
  model: M,
  dataset: Dataset,
  method: Method<M>,
  options: RoadOptions,
): Promise<RoadRow[]> {
  checkOptions('road', options);
  const { levels = [0, 0.2, 0.4, 0.6, 0.8], orders = ['morf'], noise = 0.01, random, ...batching } = options;
  if (levels.length === 0 || orders.length === 0)
    throw new ArgumentError('road: levels and orders must name at least one each, got none');
  for (const level of levels)
    for (const order of orders) checkImputation('road', { level, order, noise, random });
  checkDataset('road', dataset);
  const classes = await explainedClasses('road', { model, dataset }, batching);
  const maps = await explain({ model, method }, dataset, { ...batching, classes });
  const ranks = rankPixels(maps, { shape: [classes.length, ...dataset.shape] });
  const rows: RoadRow[] = [];
  const call = random.fork(random.seed());
  for (const order of orders)
    for (const level of levels) {
      // The same noise in each image, whatever the other levels.
      const imputation = { level, order, noise, random: call };
      const correct = await imputedHits(model, { dataset, ranks }, { ...imputation, batching });
      rows.push({ order, level, ...summarise(correct) });
    }
  return rows;
}

/** Which imputed images are classified correctly; only one batch of them is in memory. */
async function imputedHits(
  model: Classifier,
  { dataset, ranks }: { dataset: Dataset; ranks: Ranks },
  {
    batching: { batchSize, label },
    random,
    ...imputation
  }: { level: number; order: RemovalOrder; noise: number; random: Random; batching: Batching },
): Promise<Uint8Array> {
  const count = dataset.labels.length;
  const correct = new Uint8Array(count);
  const pixels = ranks.length / count;
  const size = dataset.images.length / count;
  const shown = label === undefined ? undefined : `${label}, ${imputation.order}, level ${imputation.level}`;
  await forBatches('road', { count, batchSize, label: shown }, async ({ from, to }) => {
    const part = {
      ...dataset,
      images: dataset.images.subarray(from * size, to * size),
      labels: dataset.labels.subarray(from, to),
    };
    const streamOf = (n: number) => random.fork(from + n);
    const changed = imputed(part, ranks.subarray(from * pixels, to * pixels), { ...imputation, streamOf });
    correct.set((await accuracy(model, changed, { batchSize })).correct, from);
  });
  return correct;
}
