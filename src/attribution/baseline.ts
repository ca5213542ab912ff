import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { checkImages, type Slice } from '../models/inBatches.js';

/** What images are compared with: a number for every entry, one image [H, W, C], or [N, H, W, C], one for each image. */
export type Baseline = number | Tensor3D | Tensor4D;

/** @throws {ArgumentError} Unless images are float32 [N, H, W, C], and it is a finite number or fits them. */
export function checkBaseline(name: string, images: Tensor4D, baseline: Baseline): void {
  checkImages(name, images);
  const [, ...shape] = images.shape;
  const wanted = [shape, images.shape].map((sides) => sides.join(', '));
  const got = baseline instanceof tf.Tensor ? baseline.shape.join(', ') : baseline;
  if (typeof got === 'number' ? Number.isFinite(got) : wanted.includes(got)) return;
  throw new ArgumentError(
    `${name}: baseline must be a number, [${wanted[0]}] or [${wanted[1]}], got ${typeof got === 'number' ? got : `[${got}]`}`,
  );
}

/** The baseline of some of the images, as a tensor that these can be compared with; the caller disposes it. */
export function baselineTensor(baseline: Baseline, { from, to }: Slice): Tensor {
  if (typeof baseline === 'number') return tf.scalar(baseline);
  return baseline.rank === 4 ? tf.slice(baseline, from, to - from) : tf.clone(baseline);
}
