import { checksum } from '../data/checksum.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { pixelScores } from './pixelScores.js';
import { ranker, type Ranks } from './ranker.js';

/** What is removed at once: a pixel with all its channels, or one channel's value. */
export type RemovalUnit = 'pixel' | 'channel';

/** Which share of an image, 0…1, and what takes its place. */
export interface RemovalOptions {
  /** Exactly round(level · H·W) pixels; sets of different levels are nested. */
  level: number;
  /**
   * One number per channel in [0, 1], or images [N, H, W, C] in [0, 1] such as blurred ones; ROAR takes `channelMeans` of
   * the training set.
   */
  value: ArrayLike<number>;
}

/** The shape of the maps, and what is ordered. */
export interface RankPixelsOptions {
  /** Of the maps: [N, H, W] or [N, H, W, C]. */
  shape: readonly number[];
  /** 'pixel' (default), or 'channel': the single values |map| are ordered, as the original ROAR code does. */
  unit?: RemovalUnit;
}

/** Which share of each image is marked. */
export interface MaskOptions {
  /** Share of the pixels that is marked as removed, 0…1. */
  level: number;
}

/**
 * Orders each image's pixels by importance, the sum over channels of |map|; of equal ones the first comes first.
 *
 * @param maps - Attribution maps, float32.
 * @returns The place of each pixel in its image's order, 0 the most important: [N, H·W], or [N, H·W·C] of channels.
 * @throws {ArgumentError} If maps hold NaN, or another number of values than the shape says.
 * @formula rank(p) = place of p by falling R_p, R the sums over channels of |map|
 * @cost No pass.
 * @differs Hooker et al. rank single channel values: `unit: 'channel'`; pixels are Zeng et al.'s.
 * @see Hooker et al. 2019, arXiv:1806.10758 (ROAR).
 * @example
 * const ranks = rankPixels(new Float32Array(test.images), { shape: [test.labels.length, ...test.shape] });
 */
export function rankPixels(maps: Float32Array, options: RankPixelsOptions): Ranks {
  checkOptions('rankPixels', options);
  const { shape, unit = 'pixel' } = options;
  checkUnit('rankPixels', unit);
  if (!Array.isArray(shape))
    throw new ArgumentError(`rankPixels: shape must be a list of numbers, got ${String(shape)}`);
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  const size = height * width * (unit === 'pixel' ? 1 : channels);
  if (maps.length !== count * height * width * channels || shape.length < 3 || shape.length > 4) {
    throw new ArgumentError(
      `rankPixels: maps must have the shape [N, H, W] or [N, H, W, C], got ${maps.length} values for [${shape.join(', ')}]`,
    );
  }
  const ranks = size <= 2 ** 16 ? new Uint16Array(count * size) : new Uint32Array(count * size);
  const order = ranker(size);
  const depth = unit === 'pixel' ? channels : 1;
  for (let n = 0; n < count; n++) {
    const scores = pixelScores(maps.subarray(n * size * depth, (n + 1) * size * depth), depth);
    if (holdsNaN(scores)) throw new ArgumentError(`rankPixels: maps must be numbers, got NaN in image ${n}`);
    order(scores, ranks.subarray(n * size, (n + 1) * size));
  }
  return ranks;
}

/**
 * Replaces the most important pixels.
 *
 * @param ranks - From `rankPixels`: [N, H·W], or [N, H·W·C] to replace single channels.
 * @returns A data set with float32 images of its own; labels and classes are shared.
 * @throws {ArgumentError} If level is outside 0…1, or ranks or value do not fit the data set.
 * @formula x_p where rank(p) ≥ k, value elsewhere; k = round(level · H·W)
 * @cost No pass.
 * @differs Hooker et al. rank single channel values: `rankPixels` with `unit: 'channel'`; pixels are Zeng et al.'s.
 * @see Hooker et al. 2019, arXiv:1806.10758 (ROAR).
 * @example
 * const ranks = rankPixels(new Float32Array(test.images), { shape: [test.labels.length, ...test.shape] });
 * const removed = removePixels(test, ranks, { level: 0.3, value: channelMeans(train) });
 */
export function removePixels(dataset: Dataset, ranks: Ranks, options: RemovalOptions): Dataset {
  const plan = planRemoval('removePixels', dataset, { ranks, options });
  const images = replace(dataset, plan, { from: 0, to: plan.selected });
  return derive(dataset, images, `${percent(options.level)} of ${plan.noun} removed`);
}

/**
 * Keeps the most important pixels and replaces all others: the complement of `removePixels`.
 *
 * @throws {ArgumentError} As `removePixels`.
 * @formula x_p where rank(p) < k, value elsewhere; k = round(level · H·W)
 * @cost No pass.
 * @differs As `removePixels`.
 * @see Hooker et al. 2019, arXiv:1806.10758 (KAR).
 * @example
 * const ranks = rankPixels(new Float32Array(test.images), { shape: [test.labels.length, ...test.shape] });
 * const kept = keepPixels(test, ranks, { level: 0.3, value: [0, 0, 0] });
 */
export function keepPixels(dataset: Dataset, ranks: Ranks, options: RemovalOptions): Dataset {
  const plan = planRemoval('keepPixels', dataset, { ranks, options });
  const images = replace(dataset, plan, { from: plan.selected, to: Infinity });
  return derive(dataset, images, `${percent(options.level)} of ${plan.noun} kept`);
}

/**
 * Images that show nothing but which pixels `removePixels` replaces: 1 there in all channels, 0 elsewhere. What a model
 * learns from them, the mask gives away.
 *
 * @throws {ArgumentError} As `removePixels`.
 * @formula [rank(p) < k]; k = round(level · H·W)
 * @cost No pass.
 * @see Rong et al. 2022, arXiv:2202.00449, on class information leakage.
 * @example
 * const ranks = rankPixels(new Float32Array(test.images), { shape: [test.labels.length, ...test.shape] });
 * const masks = maskOnly(test, ranks, { level: 0.3 });
 */
export function maskOnly(dataset: Dataset, ranks: Ranks, options: MaskOptions): Dataset {
  checkDataset('maskOnly', dataset);
  const value = Array.from({ length: dataset.shape[2] }, () => 1);
  const plan = planRemoval('maskOnly', dataset, { ranks, options: { ...options, value } });
  const blank = { ...dataset, images: new Uint8Array(dataset.images.length) };
  const images = replace(blank, plan, { from: 0, to: plan.selected });
  return derive(dataset, images, `mask of ${percent(options.level)} of ${plan.noun}`);
}

interface RemovalPlan {
  ranks: Ranks;
  value: ArrayLike<number>;
  /** Entries of one image that the level selects. */
  selected: number;
  /** Image values under one rank: C for pixels, 1 for channels. */
  depth: number;
  noun: string;
}

function planRemoval(
  name: string,
  dataset: Dataset,
  { ranks, options }: { ranks: Ranks; options: RemovalOptions },
): RemovalPlan {
  checkDataset(name, dataset);
  checkOptions(name, options);
  const { shape, labels } = dataset;
  const { level, value } = options;
  const [height, width, channels] = shape;
  checkLevel(name, level);
  const count = ranks?.length ?? 0;
  const size = count / labels.length;
  if (size !== height * width && size !== height * width * channels) {
    throw new ArgumentError(
      `${name}: ranks must be [${labels.length}, ${height * width}] for pixels or [${labels.length}, ` +
        `${height * width * channels}] for channels, got ${count} values`,
    );
  }
  checkValue(name, value, dataset);
  const depth = size === height * width ? channels : 1;
  const noun = depth === channels ? 'pixels' : 'channel values';
  return { ranks, value, selected: Math.round(level * size), depth, noun };
}

/** @throws {ArgumentError} Unless the unit is known. */
export function checkUnit(name: string, unit: RemovalUnit): void {
  if (unit !== 'pixel' && unit !== 'channel')
    throw new ArgumentError(`${name}: unit must be 'pixel' or 'channel', got ${String(unit)}`);
}

/**
 * @throws {ArgumentError} Unless there is a finite number for each channel, or for each entry of the images, in [0, 1] where
 *   the images are bytes.
 */
export function checkValue(name: string, value: ArrayLike<number>, { images, shape }: Dataset): void {
  const fits = images instanceof Uint8Array ? (x: number) => x >= 0 && x <= 1 : Number.isFinite;
  // What comes from untyped code may be nothing.
  const count = value?.length ?? 0;
  if ((count === shape[2] || count === images.length) && Array.prototype.every.call(value, fits)) return;
  const got = count > 8 ? `${count} numbers` : `[${Array.from(value ?? []).join(', ')}]`;
  throw new ArgumentError(
    `${name}: value must be ${shape[2]} numbers in [0, 1], got ${got}; divide bytes by 255`,
  );
}

/** @throws {ArgumentError} Unless the level is a number in 0…1. */
export function checkLevel(name: string, level: number): void {
  if (!(level >= 0 && level <= 1)) {
    throw new ArgumentError(`${name}: level must be in 0…1, got ${level}; 0.6 means 60 %`);
  }
}

/** The images in float32, with the entries of rank from…to−1 replaced. */
function replace(
  { images }: Pick<Dataset, 'images'>,
  { ranks, value, depth }: RemovalPlan,
  { from, to }: { from: number; to: number },
): Float32Array {
  // One number per channel, or one per entry of the images.
  const period = value.length;
  const replaced = floats({ images });
  for (let i = 0; i < ranks.length; i++) {
    const rank = ranks[i] ?? 0;
    if (rank < from || rank >= to) continue;
    for (let k = i * depth; k < (i + 1) * depth; k++) replaced[k] = value[k % period] ?? 0;
  }
  return replaced;
}

/** A copy of the images as float32 in [0, 1]. */
export function floats({ images }: Pick<Dataset, 'images'>): Float32Array {
  if (!(images instanceof Uint8Array)) return images.slice();
  const copy = new Float32Array(images.length);
  for (let i = 0; i < copy.length; i++) copy[i] = unit[images[i] ?? 0] ?? 0;
  return copy;
}

/** What each byte is in [0, 1]. */
const unit = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

function holdsNaN(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** The data set with other images, and a caption and checksum that say so. */
export function derive(dataset: Dataset, images: Float32Array, change: string): Dataset {
  const { labels, shape, source } = dataset;
  const caption = `${source.caption}, ${change}`;
  return {
    ...dataset,
    images,
    source: { ...source, caption, checksum: checksum({ images, labels, shape }) },
  };
}

/** '60 %'. */
export function percent(level: number): string {
  return `${Number((100 * level).toPrecision(6))} %`;
}
