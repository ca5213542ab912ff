import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { mapDataset } from '../attribution/mapDataset.js';
import { robustAttribution } from '../attribution/robustAttribution.js';
import { gather } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import type { Model } from '../models/model.js';
import type { Random } from '../random.js';
import { fingerprint, type Identity } from './checkpoint.js';
import type { TrainPlan } from './options.js';
import type { StepBatch } from './step.js';

/** Where the maps that an explainer learns come from: a teacher, or `maps`. */
export interface TeacherOptions {
  /**
   * f′, whose `robustAttribution` E learns: an adversarially trained network; for the paper's Table 2 ('standard
   * alignment') a standard one. It stays as it is.
   */
  teacher?: Model;
  /**
   * Maps to learn in place of a teacher's, float32 [N, H, W, C] of the data set, as `mapDataset` gives them. One of both
   * must be given.
   */
  maps?: Float32Array;
  /** Noisy copies of an image in a teacher's map; default 50. */
  samples?: number;
  /** Standard deviation of their noise, in pixel units; default 0.15. */
  sigma?: number;
  /** The class that a teacher's maps explain: 'predicted' (default) by the teacher, or 'true', which leaks the label. */
  target?: 'predicted' | 'true';
  /**
   * Explains each step's augmented images anew, `samples` passes a step; default false: each image once, not augmented,
   * and its map cut and mirrored as the image is.
   */
  everyStep?: boolean;
}

/** The maps to learn for a batch, [N, H, W, C]. */
export type MapSource = (random: Random, batch: StepBatch) => Tensor4D | Promise<Tensor4D>;

/**
 * @param name - The public function, for messages.
 * @returns `identity` is what a checkpoint must agree with.
 * @throws {ArgumentError} Unless there is either a teacher or maps that fit the data set.
 * @throws {InterruptedError} When the user stops the work.
 */
export async function mapsToLearn(
  name: string,
  { dataset, plan, options }: { dataset: Dataset; plan: TrainPlan; options: TeacherOptions },
): Promise<{ source: MapSource; identity: Identity }> {
  const { teacher, maps, samples, sigma, target = 'predicted', everyStep = false } = options;
  if ((teacher === undefined) === (maps === undefined)) {
    throw new ArgumentError(
      `${name}: either a teacher or maps must be given, got ${teacher ? 'both' : 'none'}`,
    );
  }
  if (target !== 'predicted' && target !== 'true') {
    throw new ArgumentError(`${name}: target must be 'predicted' or 'true', got ${String(target)}`);
  }
  if (!teacher) return stored(checkedMaps(name, maps, dataset), dataset);
  const explain = (images: Tensor4D, labels: tf.Tensor1D, random: Random) =>
    robustAttribution(teacher, images, target === 'true' ? labels : 'predicted', { samples, sigma, random });
  if (everyStep) {
    const { params, buffers } = teacher;
    return {
      source: (random, { images, labels }) => explain(images, labels, random),
      identity: { teacher: await fingerprint({ ...params, ...buffers }), samples, sigma, target },
    };
  }
  const random = plan.random.fork('maps');
  const label = plan.quiet ? undefined : `${plan.label}: the teacher's maps`;
  return stored(
    await mapDataset(dataset, (images, labels) => explain(images, labels, random), {
      ...(label && { label }),
    }),
    dataset,
  );
}

function stored(maps: Float32Array, { shape }: Dataset): { source: MapSource; identity: Identity } {
  return {
    source: (_random, { indices, augmentation }) =>
      tf.tensor4d(gather({ images: maps, shape }, indices, augmentation), [indices.length, ...shape]),
    identity: { maps: createHash('sha256').update(maps).digest('hex') },
  };
}

function checkedMaps(name: string, maps: unknown, { labels, shape }: Dataset): Float32Array {
  const length = shape.reduce((size, side) => size * side, labels.length);
  if (maps instanceof Float32Array && maps.length === length && maps.every(Number.isFinite)) return maps;
  const got = maps instanceof Float32Array ? `${maps.length} numbers` : String(maps);
  throw new ArgumentError(
    `${name}: maps must be ${length} finite numbers, a map for each of the ${labels.length} images, got ${got}`,
  );
}
