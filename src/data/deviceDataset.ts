import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { bytes } from '../compiler/index.js';
import { padding } from './augmentation.js';
import type { BatchPlan } from './batches.js';
import type { Dataset } from './dataset.js';

/** A data set as compiled steps hold it. (Types, not interfaces, so that they are records of tensors.) */
export type DeviceDataset = {
  /** [N, H, W, C]: bytes, which read as int32 in 0…255, or float32 in [0, 1]. */
  readonly images: Tensor;
  /** int32 [N]. */
  readonly labels: Tensor;
};

/** Which images a step takes, each int32 [n]; how they are moved and flipped, or nothing. */
export type DeviceBatch = {
  readonly indices: Tensor;
  readonly rows?: Tensor;
  readonly columns?: Tensor;
  readonly flips?: Tensor;
};

/** A data set's tensors, for a compiled step's state; the caller disposes them. */
export function deviceDataset({ images, labels, shape }: Dataset): DeviceDataset {
  const whole = [labels.length, ...shape] as [number, number, number, number];
  return {
    images: images instanceof Float32Array ? tf.tensor4d(images, whole) : bytes(images, whole),
    labels: tf.tensor1d(labels, 'int32'),
  };
}

/** A batch's plan as a compiled step is fed it. */
export function deviceBatch({ indices, augmentation }: BatchPlan): Record<string, Int32Array | Uint8Array> {
  return augmentation ? { indices, ...augmentation } : { indices };
}

/**
 * The images and labels of a batch: what `batches` gives, to the same bytes. Pure, for compiled steps.
 *
 * @returns float32 [n, H, W, C] in [0, 1], and int32 [n].
 */
export function takeBatch(
  { images, labels }: DeviceDataset,
  { indices, ...augmentation }: DeviceBatch,
): { images: Tensor4D; labels: Tensor1D } {
  const taken = tf.gather(images, indices);
  const floats = taken.dtype === 'float32' ? taken : tf.div(tf.cast(taken, 'float32'), 255);
  return {
    images: augment(floats as Tensor4D, augmentation),
    labels: tf.gather(labels, indices) as Tensor1D,
  };
}

/** Pads with zeros, crops and mirrors. */
function augment(images: Tensor4D, { rows, columns, flips }: Omit<DeviceBatch, 'indices'>): Tensor4D {
  if (!rows || !columns || !flips) return images;
  const [n, height, width] = images.shape;
  const sides: [number, number] = [padding, padding];
  const padded = tf.pad(images, [[0, 0], sides, sides, [0, 0]]);
  const down = tf.add(tf.reshape(rows, [n, 1]), tf.range(0, height, 1, 'int32'));
  const across = tf.range(0, width, 1, 'int32');
  const mirrored = tf.range(width - 1, -1, -1, 'int32');
  const order = tf.where(tf.cast(tf.reshape(flips, [n, 1]), 'bool'), mirrored, across);
  const right = tf.add(tf.reshape(columns, [n, 1]), order);
  return tf.gather(tf.gather(padded, down, 1, 1), right, 2, 1);
}
