import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import type { Classifier } from '../models/model.js';
import { explain, explainedClasses, type ExplainOptions, type Method } from './method.js';
import { type PerImage, perPair } from './perImage.js';
import { pixelScores } from './pixelScores.js';
import { spearman, topOverlap } from './similarity.js';

/** Which class is explained, and which pixels count as important. */
export interface AgreementOptions extends ExplainOptions {
  /** Which share of the pixels counts as the most important; default 0.2. */
  top?: number;
}

/** How much the maps of two models agree. */
export interface AgreementRow {
  /** Their places in the list. */
  readonly pair: readonly [first: number, second: number];
  /** Rank correlation of the maps as they are, over all H·W·C entries. */
  readonly spearman: PerImage;
  /** Rank correlation of the pixel scores, the sums over channels of |map|. */
  readonly spearmanScores: PerImage;
  /** Share of the most important pixels that both have in common; `top` by chance. */
  readonly overlap: PerImage;
}

/**
 * Compares the maps of models of one kind with each other, such as those of several seeds: what differs between trainings
 * does not explain the data.
 *
 * Each model explains the class that it predicts itself, or the true one.
 *
 * @param models - At least two; a row for each pair.
 * @param method - `saliency`, or `(model, images, targets) => maps`.
 * @throws {ArgumentError} If there are fewer models, or an option is out of range.
 * @throws {InterruptedError} When the user stops the work.
 * @formula Spearman's ρ of two models' maps; |A ∩ B| / |A| of their `top` most important pixels
 * @cost One map for each model.
 * @differs Ghorbani et al. compare the maps of an image and of a changed image by these two; here those of two models.
 * @see Ghorbani et al. 2019, arXiv:1710.10547.
 * @example
 * const other = resnet({ stem: 2, widths: [4, 8], random });
 * const [row] = await agreement([model, other], test, saliency);
 */
export async function agreement<M extends Classifier>(
  models: readonly M[],
  dataset: Dataset,
  method: Method<M>,
  options: AgreementOptions = {},
): Promise<AgreementRow[]> {
  checkOptions('agreement', options);
  checkDataset('agreement', dataset);
  if (!Array.isArray(models) || models.length < 2)
    throw new ArgumentError(
      `agreement: there must be at least two models, got ${Array.isArray(models) ? models.length : String(models)}`,
    );
  const { top = 0.2 } = options;
  if (!(top > 0 && top <= 1)) throw new ArgumentError(`agreement: top must be in (0, 1], got ${top}`);
  const all: Float32Array[] = [];
  for (const [number, model] of models.entries()) {
    const classes = await explainedClasses('agreement', { model, dataset }, options);
    const label = options.label === undefined ? undefined : `${options.label}, model ${number + 1}`;
    all.push(await explain({ model, method }, dataset, { ...options, label, classes }));
  }
  return all.flatMap((first, i) =>
    all.slice(i + 1).map((second, j) => ({
      pair: [i, i + 1 + j] as const,
      ...compared([first, second], dataset.shape, top),
    })),
  );
}

function compared(
  [first, second]: readonly [Float32Array, Float32Array],
  [height, width, channels]: Dataset['shape'],
  top: number,
): Omit<AgreementRow, 'pair'> {
  const size = height * width * channels;
  const each = (measure: (a: Float32Array, b: Float32Array) => number) =>
    perPair(first, second, { size, measure });
  const scores = (map: Float32Array) => pixelScores(map, channels);
  return {
    spearman: each(spearman),
    spearmanScores: each((a, b) => spearman(scores(a), scores(b))),
    overlap: each((a, b) => topOverlap(scores(a), scores(b), top)),
  };
}
