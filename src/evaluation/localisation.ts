import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import type { Classifier } from '../models/model.js';
import { type Accuracy, summarise } from './accuracy.js';
import { explain, explainedClasses, type ExplainOptions, type Method } from './method.js';
import { perImage, type PerImage } from './perImage.js';
import { pixelScores } from './pixelScores.js';
import { rankPixels } from './removal.js';

/** How much of the maps lies on the pixels that decide the class; scores are the sums over channels of |map|. */
export interface Localisation {
  /** Pointing game: whether the pixel with the highest score is in the mask, and how often (`accuracy`). */
  readonly pointing: Accuracy;
  /** Relevance mass accuracy: the share of all scores in the mask, 0…1; 0 for a map of zeros. */
  readonly mass: PerImage;
  /** Relevance rank accuracy: the share of the mask's K pixels among the K highest scores. */
  readonly rank: PerImage;
  /** The mask's share of the image: what each of them is by chance. */
  readonly area: PerImage;
}

/**
 * Compares maps with the true masks of generated images.
 *
 * @param dataset - With masks, such as `shapes` makes; an image whose mask is empty counts as missed.
 * @param method - `saliency`, or `(model, images, targets) => maps`.
 * @throws {ArgumentError} If the data set has no masks, or maps do not fit the images.
 * @throws {InterruptedError} When the user stops the work.
 * @formula pointing: [argmax R in mask]; mass: Σ_{mask} R / Σ R; rank: share of the |mask| largest R that lie in the mask; R = Σ over channels of |map|
 * @cost One map.
 * @differs Zhang et al. count a pixel as hit within 15 pixels of the object, at 224×224; no tolerance here.
 * @see Zhang et al. 2018, arXiv:1608.00507 (pointing game, without their tolerance); Arras et al. 2022, arXiv:2003.07258.
 * @example
 * const { pointing, mass, rank, area } = await localisation(model, test, saliency);
 */
export async function localisation<M extends Classifier>(
  model: M,
  dataset: Dataset,
  method: Method<M>,
  options: ExplainOptions = {},
): Promise<Localisation> {
  checkOptions('localisation', options);
  checkDataset('localisation', dataset);
  const masks = masksOf(dataset);
  const classes = await explainedClasses('localisation', { model, dataset }, options);
  const maps = await explain({ model, method }, dataset, { ...options, classes });
  const count = classes.length;
  const ranks = rankPixels(maps, { shape: [count, ...dataset.shape] });
  const scores = pixelScores(maps, dataset.shape[2]);
  const pixels = masks.length / count;
  const hits = new Uint8Array(count);
  const [mass, rank, area] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  for (let n = 0; n < count; n++) {
    const of = <T extends { subarray(from: number, to: number): T }>(values: T) =>
      values.subarray(n * pixels, (n + 1) * pixels);
    const mask = of(masks);
    const size = mask.reduce((sum, covered) => sum + covered, 0);
    let [inside, all, first] = [0, 0, 0];
    mask.forEach((covered, i) => {
      const [score, place] = [of(scores)[i] ?? 0, of(ranks)[i] ?? 0];
      all += score;
      if (!covered) return;
      inside += score;
      if (place < size) first++;
      if (place === 0) hits[n] = 1;
    });
    mass[n] = all > 0 ? inside / all : 0;
    rank[n] = size > 0 ? first / size : 0;
    area[n] = size / pixels;
  }
  return { pointing: summarise(hits), mass: perImage(mass), rank: perImage(rank), area: perImage(area) };
}

function masksOf({ masks, labels, shape }: Dataset): Uint8Array {
  const size = labels.length * shape[0] * shape[1];
  if (masks instanceof Uint8Array && masks.length === size && masks.every((value) => value <= 1))
    return masks;
  const got = masks ? `${masks.length} values` : 'none';
  throw new ArgumentError(
    `localisation: the data set must have masks [${labels.length}, ${shape[0]}, ${shape[1]}] of 0 and 1, got ${got}; ` +
      'shapes() makes them',
  );
}
