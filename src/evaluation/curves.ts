import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { gather } from '../data/batches.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { forDataset } from '../models/forDataset.js';
import { pause } from '../models/inBatches.js';
import { oneHot } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { prepare, type Prepared } from '../models/passes.js';
import { checkRandom, type Random, seeded } from '../random.js';
import { checkFilling, type Filling, fillingFor } from './fillings.js';
import { explain, explainedClasses, type ExplainOptions, type Method } from './method.js';
import { perImage, type PerImage } from './perImage.js';
import { rankPixels } from './removal.js';

/** How many pixels change at a time, and what stands for those that are not there. */
export interface CurveOptions extends ExplainOptions {
  /** Pixels that change from one point of the curve to the next; default W, as the authors' program. */
  step?: number;
  /** What stands for the pixels that are not there; means are those of `dataset`. Default 'zero' (deletion), 'blur' (insertion). */
  value?: Filling;
  /** Draws `value: 'noise'`; no default. */
  random?: Random;
}

/** The probability of the explained class along the way from one image to the other. */
export interface Curve {
  /** Area under each image's curve by the trapezoidal rule, 0…1; all steps count the same, also a last one of fewer pixels. */
  readonly area: PerImage;
  /** Mean over images of the probability at each point. */
  readonly mean: Float64Array;
  /** Share of pixels changed at each point, from 0 to 1. */
  readonly shares: Float64Array;
}

/**
 * Deletion: the probability of the explained class while the pixels that a method calls important are taken away, the most
 * important first. A small area is better.
 *
 * One forward pass for each point, ⌈H·W / step⌉ + 1 of them.
 *
 * @param method - `saliency`, or `(model, images, targets) => maps`.
 * @throws {ArgumentError} If an option is out of range, or maps do not fit the images.
 * @throws {InterruptedError} When the user stops the work.
 * @formula Mean over steps of p_c(x without the k most important pixels)
 * @cost ⌈H·W / step⌉ + 1 forward passes, and one map.
 * @differs Pixels not there are 0 before the model's normalisation, in the authors' program after it. As there, all
 *   steps count the same in the area, also a last one of fewer pixels.
 * @see Petsiuk et al. 2018, arXiv:1806.07421.
 * @example
 * const { area, mean, shares } = await deletion(model, test, saliency, { step: 128 });
 */
export function deletion<M extends Classifier>(
  model: M,
  dataset: Dataset,
  method: Method<M>,
  options: CurveOptions = {},
): Promise<Curve> {
  return curve('deletion', { model, dataset, method }, { value: 'zero', ...options });
}

/**
 * Insertion: the probability while the important pixels are put into a blurred image, the most important first. A large
 * area is better.
 *
 * @formula Mean over steps of p_c(blurred x with the k most important pixels)
 * @cost As `deletion`.
 * @differs Blurred pixels near the border are means of pixels inside; the authors' program counts those outside as 0.
 * @see Petsiuk et al. 2018, arXiv:1806.07421.
 * @see `deletion`, for parameters and errors.
 * @example
 * const { area } = await insertion(model, test, saliency, { step: 128 });
 */
export function insertion<M extends Classifier>(
  model: M,
  dataset: Dataset,
  method: Method<M>,
  options: CurveOptions = {},
): Promise<Curve> {
  return curve('insertion', { model, dataset, method }, { value: 'blur', ...options });
}

type PointInput = {
  images: Tensor4D;
  filling: Tensor4D;
  /** [n, H, W, 1]. */
  ranks: Tensor4D;
  /** How many pixels have changed. */
  changed: tf.Scalar;
  targets: Tensor1D;
};

type PointPass = Prepared<PointInput, { probability: Tensor1D }>;

async function curve<M extends Classifier>(
  name: 'deletion' | 'insertion',
  { model, dataset, method }: { model: M; dataset: Dataset; method: Method<M> },
  options: CurveOptions & { value: Filling },
): Promise<Curve> {
  const { step, random } = planOf(name, dataset, options);
  const [height, width, channels] = dataset.shape;
  const pixels = height * width;
  const count = dataset.labels.length;
  const classes = await explainedClasses(name, { model, dataset }, options);
  const maps = await explain({ model, method }, dataset, { ...options, classes });
  const ranks = rankPixels(maps, { shape: [count, height, width, channels] });
  const filling = fillingFor(options.value, dataset, { training: dataset, random });
  const points = Math.ceil(pixels / step) + 1;
  const probabilities = new Float32Array(count * points);
  const prepared = preparePoint(name, model, count * points);
  try {
    await forDataset(name, dataset, options, async ({ images, from }) => {
      const n = images.shape[0];
      const part = Float32Array.from(ranks.subarray(from * pixels, (from + n) * pixels));
      const given = {
        images,
        filling: fillingTensor(filling, { dataset, from, n }),
        ranks: tf.tensor4d(part, [n, height, width, 1]),
        targets: tf.tensor1d(classes.subarray(from, from + n), 'int32'),
      };
      try {
        const found = await probabilitiesAlong(name, prepared, given, { points, step });
        probabilities.set(found, from * points);
      } finally {
        tf.dispose([given.filling, given.ranks, given.targets]);
      }
    });
  } finally {
    prepared.dispose();
  }
  return summary(probabilities, { count, points, shares: (point) => Math.min(1, (point * step) / pixels) });
}

/** The probability of the explained class when the first `changed` pixels have changed. */
function preparePoint(name: 'deletion' | 'insertion', model: Classifier, work: number): PointPass {
  return prepare(model, work, (logits, input: PointInput) => {
    const gone = tf.less(input.ranks, input.changed);
    const [yes, no] = name === 'deletion' ? [input.filling, input.images] : [input.images, input.filling];
    const z = logits(tf.where(gone, yes, no));
    return { probability: tf.sum<Tensor1D>(tf.mul(tf.softmax<Tensor2D>(z), oneHot(input.targets, z)), 1) };
  });
}

/** Of each image the probabilities at all points, [n, points] row by row. */
async function probabilitiesAlong(
  name: string,
  prepared: PointPass,
  given: Omit<PointInput, 'changed'>,
  { points, step }: { points: number; step: number },
): Promise<Float32Array> {
  const along = new Float32Array(given.images.shape[0] * points);
  for (let point = 0; point < points; point++) {
    await pause(name, `after ${point} of ${points} points`);
    const found = await probabilityAt(prepared, { ...given, changed: point * step });
    found.forEach((value, i) => (along[i * points + point] = value));
  }
  return along;
}

async function probabilityAt(
  prepared: PointPass,
  { changed, ...given }: Omit<PointInput, 'changed'> & { changed: number },
): Promise<Float32Array> {
  const scalar = tf.scalar(changed);
  const { probability } = prepared.run({ ...given, changed: scalar });
  try {
    return await probability.data<'float32'>();
  } finally {
    tf.dispose([scalar, probability]);
  }
}

/** The filling of some images, shaped as they are or as one pixel. */
function fillingTensor(
  filling: ArrayLike<number>,
  { dataset, from, n }: { dataset: Dataset; from: number; n: number },
): Tensor4D {
  if (filling.length === dataset.shape[2])
    return tf.tensor4d(Float32Array.from(filling), [1, 1, 1, dataset.shape[2]]);
  const indices = Int32Array.from({ length: n }, (_, i) => from + i);
  const images = { ...dataset, images: filling as Float32Array };
  return tf.tensor4d(gather(images, indices), [n, ...dataset.shape]);
}

function summary(
  probabilities: Float32Array,
  { count, points, shares }: { count: number; points: number; shares: (point: number) => number },
): Curve {
  const mean = new Float64Array(points);
  probabilities.forEach((value, i) => (mean[i % points] = (mean[i % points] ?? 0) + value / count));
  const areas = Float32Array.from({ length: count }, (_, n) => {
    const own = probabilities.subarray(n * points, (n + 1) * points);
    const ends = ((own[0] ?? NaN) + (own[points - 1] ?? NaN)) / 2;
    // All steps count the same, also a last one of fewer pixels.
    return (own.reduce((sum, value) => sum + value, 0) - ends) / (points - 1);
  });
  return { area: perImage(areas), mean, shares: Float64Array.from({ length: points }, (_, i) => shares(i)) };
}

function planOf(
  name: string,
  dataset: Dataset,
  options: CurveOptions & { value: Filling },
): { step: number; random: Random } {
  checkOptions(name, options);
  checkDataset(name, dataset);
  const [height, width, channels] = dataset.shape;
  const { step = width, value, random } = options;
  if (!Number.isSafeInteger(step) || step < 1 || step > height * width)
    throw new ArgumentError(`${name}: step must be an integer in 1…${height * width}, got ${step}`);
  checkFilling(name, value, channels);
  if (value === 'noise') checkRandom(name, random);
  // Nothing else is drawn.
  return { step, random: random ?? seeded(0) };
}
