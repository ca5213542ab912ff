import * as tf from '@tensorflow/tfjs-core';
import { setImmediate } from 'node:timers/promises';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { interruptSignal } from '../display/interrupt.js';
import { progress } from '../display/progress.js';
import { ArgumentError, InterruptedError, RoarbookError } from '../errors.js';
import { checkIsModel, isNetwork } from './classifier.js';
import { logitsOf } from './inputGradient.js';
import type { Classifier, Model } from './model.js';

/** What every computation over many images takes. */
export interface Batching {
  /** Images per pass, which bounds the memory; default 256. */
  batchSize?: number;
  /** Shows progress under this name; default: shows none. */
  label?: string;
  /** Takes how many images are done, after each pass. */
  onProgress?: (done: number) => void;
}

/** Some of the images or samples: from…to−1. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** Classes of N images: int32 tensor [N] or N integers. */
export type Classes = Tensor1D | readonly number[] | Int32Array;

/**
 * Calls `body` for one slice after the other, and lets timers, the kernel and Stop have their turn in between.
 *
 * @param name - The public function, for messages.
 * @throws {InterruptedError} When the user stops the work.
 */
export async function forBatches(
  name: string,
  { count, batchSize = 256, label, onProgress }: Batching & { count: number },
  body: (slice: Slice) => Promise<void> | void,
): Promise<void> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ArgumentError(`${name}: batchSize must be a positive integer, got ${batchSize}`);
  }
  const shown = label === undefined ? undefined : progress({ label, total: count });
  for (let from = 0; from < count; from += batchSize) {
    await pause(name, `after ${from} of ${count} images`);
    const to = Math.min(count, from + batchSize);
    await body({ from, to });
    shown?.update(to);
    onProgress?.(to);
  }
  shown?.finish(`${count} images`);
}

/** Lets other events have their turn, and throws when Stop is among them. */
export async function pause(name: string, where: string): Promise<void> {
  const signal = interruptSignal();
  await setImmediate();
  if (signal.aborted) throw new InterruptedError(`${name}: stopped ${where}; run it again to start over`);
}

/** Maps images batch by batch to tensors whose first axis counts images, and joins them; the caller disposes it. */
export async function mapBatches<T extends Tensor>(
  name: string,
  images: Tensor4D,
  options: Batching & { body: (batch: Tensor4D, slice: Slice) => Promise<T> | T },
): Promise<T> {
  const parts: T[] = [];
  try {
    await forBatches(name, { ...options, count: images.shape[0] }, async (slice) => {
      const batch = tf.slice(images, slice.from, slice.to - slice.from);
      try {
        parts.push(await options.body(batch, slice));
      } finally {
        batch.dispose();
      }
    });
    return parts.length === 1 && parts[0] ? (parts.splice(0)[0] as T) : (tf.concat(parts, 0) as T);
  } finally {
    tf.dispose(parts);
  }
}

/** @throws {ArgumentError} Unless `images` is a float32 tensor [N, H, W, C] with N ≥ 1. */
export function checkImages(name: string, images: Tensor4D): void {
  if (!(images instanceof tf.Tensor) || images.isDisposed) {
    const got = images instanceof tf.Tensor ? 'one that was disposed' : String(images);
    throw new ArgumentError(`${name}: images must be a tensor, got ${got}`);
  }
  if (images.shape.length !== 4 || images.dtype !== 'float32' || images.shape[0] === 0) {
    throw new ArgumentError(
      `${name}: images must be float32 [N, H, W, C] with N ≥ 1, got ${images.dtype} [${images.shape}]`,
    );
  }
}

/**
 * A ReLU network turns NaN into zeros, so that maps of such images look sound.
 *
 * @throws {ArgumentError} If an entry of the images is NaN or infinite.
 */
export async function checkFinite(name: string, images: Tensor4D): Promise<void> {
  const finite = tf.tidy(() => tf.all(tf.isFinite(images)));
  try {
    if ((await finite.data())[0]) return;
  } finally {
    finite.dispose();
  }
  throw new ArgumentError(
    `${name}: images must hold finite numbers, got NaN or ±Infinity; look at how they were scaled or decoded`,
  );
}

/**
 * Reads the classes of `count` images.
 *
 * @throws {ArgumentError} If their number is another, one is not an integer ≥ 0, or a tensor is not int32.
 */
export async function readClasses(
  name: string,
  classes: Classes,
  { count, what }: { count: number; what: 'labels' | 'targets' },
): Promise<Int32Array> {
  if (!(classes instanceof tf.Tensor) && !Array.isArray(classes) && !ArrayBuffer.isView(classes)) {
    throw new ArgumentError(
      `${name}: ${what} must be an int32 tensor [N] or a list of classes, got ${String(classes)}`,
    );
  }
  if (classes instanceof tf.Tensor && classes.shape.length !== 1) {
    throw new ArgumentError(`${name}: ${what} must be [N], one class for each image, got [${classes.shape}]`);
  }
  if (classes instanceof tf.Tensor && classes.dtype !== 'int32') {
    throw new ArgumentError(
      `${name}: ${what} must be int32, got ${classes.dtype}; tf.tensor1d(classes, 'int32') makes them`,
    );
  }
  const values: ArrayLike<number> = classes instanceof tf.Tensor ? await classes.data() : classes;
  if (values.length !== count) {
    throw new ArgumentError(
      `${name}: ${what} must be one class for each image, got ${values.length} for ${count} images`,
    );
  }
  const wrong = Array.from(values).find((value) => !Number.isInteger(value) || value < 0);
  if (wrong !== undefined) {
    throw new ArgumentError(`${name}: ${what} must be integers ≥ 0, got ${wrong}`);
  }
  return Int32Array.from(values);
}

/**
 * Runs the model on the first image, outside any gradient (an error within one would leave tensors behind); a network
 * only at its first use with images of this size.
 *
 * @throws {ArgumentError} Unless it gives finite logits [1, K], not probabilities, with K ≥ `least`, default 1, and above all of
 * `classes`.
 */
export function checkModel(
  name: string,
  model: Classifier,
  {
    images,
    classes,
    what,
    least = 1,
  }: { images: Tensor4D; classes?: Int32Array; what: 'labels' | 'targets'; least?: number },
): void {
  const count = classCount(name, model, images);
  if (count < least)
    throw new ArgumentError(
      `${name}: the model must have at least ${least} classes, got ${count}; of one logit z make two, [0, z]`,
    );
  const largest = classes?.reduce((a, b) => Math.max(a, b), 0) ?? 0;
  if (largest >= count) {
    throw new ArgumentError(`${name}: ${what} must be below the model's ${count} classes, got ${largest}`);
  }
}

/** What is known of networks, by the size of images: a function may be another at each call. */
const counted = new WeakMap<Model, Map<string, number>>();

function classCount(name: string, model: Classifier, images: Tensor4D): number {
  if (!isNetwork(model)) return firstLogits(name, model, images).length;
  const known = counted.get(model) ?? new Map<string, number>();
  counted.set(model, known);
  const size = images.shape.slice(1).join();
  const count = known.get(size) ?? firstLogits(name, model, images).length;
  known.set(size, count);
  return count;
}

/**
 * A model's logits, [N, K]. Pure, within the caller's tf.tidy.
 *
 * @throws {ArgumentError} If the model fails, or returns something else.
 */
export function checkedLogits(name: string, model: Classifier, images: Tensor4D): Tensor2D {
  checkIsModel(name, model);
  const needed = `${name}: the model must map images [N, H, W, C] to logits [N, K]`;
  const logits = attempt(
    () => logitsOf(model)(images),
    `${needed}; it fails for [${images.shape.join(', ')}]`,
  );
  if (!(logits instanceof tf.Tensor)) throw new ArgumentError(`${needed}, got ${String(logits)}`);
  if (logits.shape.length !== 2 || logits.shape[0] !== images.shape[0])
    throw new ArgumentError(`${needed}, got [${logits.shape}] for [${images.shape.join(', ')}]`);
  return logits;
}

/** The logits of the first image; an attack on probabilities would take their softmax once more, and climb a flattened loss. */
function firstLogits(name: string, model: Classifier, images: Tensor4D): Float32Array {
  const values = tf.tidy(() => checkedLogits(name, model, tf.slice(images, 0, 1)).dataSync<'float32'>());
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined)
    throw new ArgumentError(`${name}: the model's logits must be finite, got ${wrong} for the first image`);
  const sum = values.reduce((a, b) => a + b, 0);
  // Two logits made by hand may well add up to 1.
  if (values.length > 2 && values.every((value) => value > 0 && value < 1) && Math.abs(sum - 1) < 1e-5)
    throw new ArgumentError(
      `${name}: the model must return logits, got probabilities, which add up to 1; leave out its last softmax`,
    );
  return values;
}

/** Runs what the user wrote; TensorFlow's own words become the cause. */
function attempt<T>(run: () => T, what: string): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof RoarbookError) throw cause;
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n').slice(-1);
    throw new ArgumentError(`${what}: ${reason}`, { cause });
  }
}
