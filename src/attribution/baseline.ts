import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { checkImages } from '../models/inBatches.js';

/** What images are compared with, the same for every image: a number for every entry, or [H, W, C]. */
export type Baseline = number | Tensor3D;

/** @throws {ArgumentError} Unless images are float32 [N, H, W, C], and it is a finite number or fits them. */
export function checkBaseline(name: string, images: Tensor4D, baseline: Baseline): void {
  checkImages(name, images);
  const shape = images.shape.slice(1);
  const fits =
    typeof baseline === 'number' ? Number.isFinite(baseline) : baseline.shape.join() === shape.join();
  if (fits) return;
  const got = typeof baseline === 'number' ? baseline : `[${baseline.shape.join(', ')}]`;
  throw new ArgumentError(`${name}: baseline must be a number or [${shape.join(', ')}], got ${got}`);
}

/** The baseline as a tensor that images can be compared with; a new one, which the caller disposes. */
export function baselineTensor(baseline: Baseline): Tensor {
  return typeof baseline === 'number' ? tf.scalar(baseline) : tf.clone(baseline);
}
