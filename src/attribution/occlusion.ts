import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { oneHot } from '../models/inputGradient.js';
import type { Slice } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import type { Network } from '../models/passes.js';
import { attribute, type AttributionOptions, sumOverPasses, type Targets } from './attribute.js';
import { type Baseline, baselineTensor, checkBaseline } from './baseline.js';

/** The window that goes over the image, and what it covers with. */
export interface OcclusionOptions extends AttributionOptions {
  /** Sides of what is covered, in pixels: one for a square, or [height, width]; default 4. */
  window?: number | readonly [height: number, width: number];
  /** Pixels from one window to the next, at most its sides; default 2. */
  stride?: number | readonly [down: number, right: number];
  /** What covers it; default 0. */
  baseline?: Baseline;
  /** Covers all channels 'together' (default), or each 'apart', which takes C times as many passes. */
  channels?: 'together' | 'apart';
}

/**
 * Occlusion: how much the target's logit falls when a window of the image is covered, averaged over the windows that
 * cover a pixel.
 *
 * Windows go over all channels, so these are equal, unless `channels` says otherwise. The last windows of a row or column are cut off at the border.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param images - [N, H, W, C], float32.
 * @param targets - Classes [N] in 0…K−1; default 'predicted', of the image as it is.
 * @param options - `batchSize` counts covered copies, which bounds the memory.
 * @returns Maps [N, H, W, C]; the caller disposes them.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 * @formula mean over the windows w that hold pixel p of z_c(x) − z_c(x with w covered)
 * @cost (⌈(H − window)/stride⌉ + 1)·(⌈(W − window)/stride⌉ + 1) + 1 forward passes; 226 for CIFAR-10 with the defaults.
 * @differs The defaults are Zeng et al.'s window (3, 4, 4) and stride 2. As captum's Occlusion.
 * @see Zeiler and Fergus 2014, arXiv:1311.2901.
 * @example
 * const maps = await occlusion(model, images, labels, { window: 8, stride: 8, baseline: 0.5 });
 */
export async function occlusion(
  model: Classifier,
  images: Tensor4D,
  targets: Targets = 'predicted',
  options: OcclusionOptions = {},
): Promise<Tensor4D> {
  checkOptions('occlusion', options);
  const { window = 4, stride = 2, baseline = 0, channels = 'together', batchSize } = options;
  checkBaseline('occlusion', images, baseline);
  if (channels !== 'together' && channels !== 'apart') {
    throw new ArgumentError(`occlusion: channels must be 'together' or 'apart', got ${String(channels)}`);
  }
  const windows = allWindows(images, { window: sides('window', window), stride: sides('stride', stride) });
  const depth = channels === 'apart' ? images.shape[3] : 1;
  const count = windows.length * depth;
  return attribute('occlusion', { model, images, targets, options }, async (batch) => {
    const { run, images, targets, slice } = batch;
    const before = run(targetPass, { images, targets });
    const drops = await sumOverPasses('occlusion', { ...batch, count, batchSize }, (covers) =>
      run(sumOfDrops, {
        ...{ images, targets, before },
        masks: masksOf(windows, covers, { images, depth }),
        baseline: baselineTensor(baseline, slice),
      }),
    ).finally(() => before.dispose());
    return tf.tidy(() => {
      const times = tf.sum(masksOf(windows, { from: 0, to: windows.length }, { images, depth: 1 }), 0);
      const maps = tf.div<Tensor4D>(drops, times);
      drops.dispose();
      return depth === 1 ? tf.tile(maps, [1, 1, 1, images.shape[3]]) : tf.clone(maps);
    });
  });
}

/** The targets' logits of images as they are, [n]. */
const targetPass = (
  { logits }: Network,
  { images, targets }: { images: Tensor4D; targets: Tensor1D },
): Tensor1D => targetLogits(logits(images), targets);

/** Σ over the masks of (fall of the target's logit) · mask, [n, H, W, D]. */
export const sumOfDrops = (
  { logits }: Network,
  {
    images,
    targets,
    before,
    masks,
    baseline,
  }: {
    images: Tensor4D;
    targets: Tensor1D;
    /** The targets' logits of the images as they are, [n]. */
    before: Tensor1D;
    /** [windows, H, W, D], 1 where a window covers the image; D is 1 for all channels together, or C. */
    masks: Tensor4D;
    baseline: Tensor;
  },
): Tensor4D => {
  const [n, height, width, channels] = images.shape;
  const [windows, , , depth] = masks.shape;
  const mask = tf.expandDims(masks, 1);
  const covered = tf.add(images, tf.mul(mask, tf.sub(baseline, images)));
  const copies = tf.reshape<tf.Rank.R4>(covered, [windows * n, height, width, channels]);
  const after = tf.reshape(targetLogits(logits(copies), tf.tile(targets, [windows])), [windows, n]);
  const falls = tf.sub<Tensor2D>(before, after);
  const sums = tf.matMul(falls, tf.reshape(masks, [windows, height * width * depth]), true);
  return tf.reshape(sums, [n, height, width, depth]);
};

function targetLogits(logits: Tensor2D, targets: Tensor1D): Tensor1D {
  return tf.sum<Tensor1D>(tf.mul(logits, oneHot(targets, logits)), 1);
}

type Sides = readonly [height: number, width: number];

function sides(name: string, value: number | Sides): Sides {
  const both: Sides = typeof value === 'number' ? [value, value] : value;
  if (
    Array.isArray(both) &&
    both.length === 2 &&
    both.every((side) => Number.isSafeInteger(side) && side >= 1)
  )
    return both;
  throw new ArgumentError(`occlusion: ${name} must be a positive integer or two, got ${String(value)}`);
}

/** A window's first and last row and column, the last ones excluded. */
interface Window {
  readonly rows: Slice;
  readonly columns: Slice;
}

/** Windows from the first row and column on, up to the first ones that reach the end. */
function allWindows(images: Tensor4D, { window, stride }: { window: Sides; stride: Sides }): Window[] {
  if (stride[0] > window[0] || stride[1] > window[1]) {
    throw new ArgumentError(
      `occlusion: stride must be at most window, ${window.join(' × ')}, got ${stride.join(' × ')}`,
    );
  }
  const along = (axis: 0 | 1): Slice[] => {
    const length = images.shape[axis + 1] ?? 0;
    const count = Math.max(0, Math.ceil((length - window[axis]) / stride[axis])) + 1;
    return Array.from({ length: count }, (_, i) => {
      const from = i * stride[axis];
      return { from, to: Math.min(length, from + window[axis]) };
    });
  };
  const columns = along(1);
  return along(0).flatMap((rows) => columns.map((column) => ({ rows, columns: column })));
}

/** 1 where windows from…to−1 cover the image, [to − from, H, W, depth]; each window goes over one channel after the other. */
function masksOf(
  windows: readonly Window[],
  { from, to }: Slice,
  { images: { shape }, depth }: { images: Tensor4D; depth: number },
): Tensor4D {
  const [, height, width] = shape;
  const values = new Float32Array((to - from) * height * width * depth);
  for (let cover = from; cover < to; cover++) {
    const covered = windows[Math.floor(cover / depth)];
    if (!covered) continue;
    const { rows, columns } = covered;
    for (let row = rows.from; row < rows.to; row++) {
      for (let column = columns.from; column < columns.to; column++)
        values[(((cover - from) * height + row) * width + column) * depth + (cover % depth)] = 1;
    }
  }
  return tf.tensor4d(values, [to - from, height, width, depth]);
}
