import { type Precision } from '../compiler/precision.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import type { Model } from '../models/model.js';
import { checkRandom, type Random } from '../random.js';
import { checkSchedule, type Schedule } from './schedule.js';

/** What every training takes. */
export interface TrainOptions {
  /** Passes over the training images, ≥ 1. */
  epochs: number;
  /** Default 128. */
  batchSize?: number;
  /** The schedule's largest rate; default 0.1. */
  learningRate?: number;
  /** Default 0.9. */
  momentum?: number;
  /** Default 5e-4, on every parameter. */
  weightDecay?: number;
  /** Default 'step': times 0.1 at half and three quarters of the epochs. */
  schedule?: Schedule;
  /** Pad 4, random crop, horizontal flip; default true. */
  augment?: boolean;
  /** Draws order, augmentation and whatever the method draws; the same seed gives the same bytes. */
  random: Random;
  /**
   * A file that is written after each epoch and at an interrupt. If it is there, the training goes on from it, to the
   * same bytes as without a break.
   */
  checkpoint?: string;
  /** What progress and messages call this training; default the function's name. */
  label?: string;
  /** Its accuracy is measured after each epoch; default: none is. */
  validation?: Dataset;
  /**
   * 'compiled' (default) runs each step as one TensorFlow function; 'eager' runs it operation by operation, slower.
   * To the same bytes where TensorFlow's oneDNN is off; with it the two add up in different orders.
   */
  engine?: 'compiled' | 'eager';
  /** What the compiled step computes in; default 'float32'. */
  precision?: Precision;
  /** Shows no progress; default false. */
  quiet?: boolean;
}

/** What came out of one epoch; losses and accuracies are means over its batches, each before its own update. */
export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  /** What was made small, with all terms of the method. */
  readonly loss: number;
  /** In 0…1, on the images that were trained on: augmented, or attacked. */
  readonly accuracy: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
  /** In 0…1, in evaluation mode. */
  readonly validation?: number;
}

/** What came out of a training. */
export interface TrainResult {
  /** The trained network; the caller disposes it. */
  readonly model: Model;
  /** Epoch by epoch, those before a break included. */
  readonly history: readonly EpochResult[];
}

/** TrainOptions with their defaults filled in. */
export type TrainPlan = Required<Omit<TrainOptions, 'checkpoint' | 'validation'>> &
  Pick<TrainOptions, 'checkpoint' | 'validation'>;

/**
 * Fills in the defaults and checks the numbers.
 *
 * @param name - The public function, for messages.
 * @throws {ArgumentError} If an option is out of range.
 */
export function trainPlan(name: string, options: TrainOptions): TrainPlan {
  checkOptions(name, options);
  const { epochs, random, checkpoint, validation } = options;
  const { batchSize = 128, learningRate = 0.1, momentum = 0.9, weightDecay = 5e-4 } = options;
  const { schedule = 'step', augment = true, label = name, engine = 'compiled' } = options;
  const { precision = 'float32', quiet = false } = options;
  const wrong = (what: string, got: unknown) => new ArgumentError(`${name}: ${what}, got ${String(got)}`);
  if (!isCount(epochs)) throw wrong('epochs must be a positive integer', epochs);
  if (!isCount(batchSize)) throw wrong('batchSize must be a positive integer', batchSize);
  if (!(learningRate > 0 && learningRate < Infinity))
    throw wrong('learningRate must be a number > 0', learningRate);
  if (!(momentum >= 0 && momentum < 1)) throw wrong('momentum must be in [0, 1)', momentum);
  if (!(weightDecay >= 0 && weightDecay < Infinity))
    throw wrong('weightDecay must be a number ≥ 0', weightDecay);
  checkRandom(name, random);
  checkSchedule(name, schedule);
  if (engine !== 'compiled' && engine !== 'eager')
    throw wrong("engine must be 'compiled' or 'eager'", engine);
  const descent = { epochs, batchSize, learningRate, momentum, weightDecay, schedule };
  return { ...descent, augment, random, label, engine, precision, quiet, checkpoint, validation };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
