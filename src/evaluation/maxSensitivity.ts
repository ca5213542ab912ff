import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { imageNorms } from '../attacks/norms.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { imageDraws } from '../models/draws.js';
import { forDataset } from '../models/forDataset.js';
import { pause } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { checkRandom, type Random } from '../random.js';
import { explainedClasses, type ExplainOptions, type Method } from './method.js';
import { perImage, type PerImage } from './perImage.js';

/** How far images are changed, and how often. */
export interface SensitivityOptions extends ExplainOptions {
  /** Largest change of an entry in pixel units; default 0.02. Changed images are not clipped to [0, 1]. */
  radius?: number;
  /** Changed images of each image; default 10. */
  samples?: number;
  /** Draws the changes, uniform in ±radius. */
  random: Random;
}

/**
 * Max-sensitivity: by how much a map changes at most, in relation to its own ℓ2 norm, when its image changes a little.
 *
 * The class explained stays that of the image itself. A lower bound of the maximum over the ball. Costs as many maps as
 * there are samples, and one more.
 *
 * @param method - `saliency`, or `(model, images, targets) => maps`; one that draws must draw the same for every call, or
 *   its own noise is measured too.
 * @returns Each image's sensitivity, ≥ 0; Infinity (or NaN, if nothing changes) where the map itself is 0.
 * @throws {ArgumentError} If an option is out of range, or maps do not fit the images.
 * @throws {InterruptedError} When the user stops the work.
 * @formula max over ‖δ‖∞ ≤ r of ‖map(x + δ) − map(x)‖₂ / ‖map(x)‖₂
 * @cost A map for each sample, and one more.
 * @differs Yeh et al. do not divide by the map's norm; captum does, and has the same defaults. It draws for a whole batch,
 *   here each image has a stream of its own.
 * @see Yeh et al. 2019, arXiv:1901.09392, definition 3.1; as captum.metrics.sensitivity_max.
 * @example
 * const { mean } = await maxSensitivity(model, test, saliency, { samples: 3, random });
 */
export async function maxSensitivity<M extends Classifier>(
  model: M,
  dataset: Dataset,
  method: Method<M>,
  options: SensitivityOptions,
): Promise<PerImage> {
  const { samples, radius } = planOf(options);
  checkDataset('maxSensitivity', dataset);
  const classes = await explainedClasses('maxSensitivity', { model, dataset }, options);
  const values = new Float32Array(classes.length);
  const draw = imageDraws(options.random);
  await forDataset('maxSensitivity', dataset, options, async ({ images, from }) => {
    const slice = { from, to: from + images.shape[0] };
    const targets = tf.tensor1d(classes.subarray(slice.from, slice.to), 'int32');
    let before: Tensor4D | undefined;
    try {
      before = checked(await method(model, images, targets), images);
      for (let sample = 0; sample < samples; sample++) {
        await pause('maxSensitivity', `after ${sample} of ${samples} samples`);
        const drawn = { images: slice, samples: { from: sample, to: sample + 1 }, shape: images.shape };
        const change = draw((row, stream) => {
          for (let i = 0; i < row.length; i++) row[i] = radius * (2 * stream.uniform() - 1);
        }, drawn);
        const moved = tf.add<Tensor4D>(images, change);
        const after = await method(model, moved, targets);
        const ratio = relativeChange(before, after);
        const found = await ratio.data();
        tf.dispose([change, moved, after, ratio]);
        // NaN, 0/0, stays.
        found.forEach((value, i) => (values[from + i] = Math.max(values[from + i] ?? 0, value)));
      }
    } finally {
      tf.dispose(before ? [targets, before] : targets);
    }
  });
  return perImage(values);
}

/** ‖after − before‖ / ‖before‖, [n]. Pure. */
function relativeChange(before: Tensor4D, after: Tensor4D): Tensor1D {
  return tf.tidy(() => {
    const [change, size] = [imageNorms(tf.sub(after, before), 'l2'), imageNorms(before, 'l2')];
    return tf.reshape<tf.Rank.R1>(tf.div(change, size), [-1]);
  });
}

function checked(maps: Tensor4D, images: Tensor4D): Tensor4D {
  if (maps.shape.join() === images.shape.join()) return maps;
  maps.dispose();
  throw new ArgumentError(
    `maxSensitivity: maps must be [${images.shape.join(', ')}], got [${maps.shape.join(', ')}]`,
  );
}

function planOf(options: SensitivityOptions): { samples: number; radius: number } {
  checkOptions('maxSensitivity', options);
  const { radius = 0.02, samples = 10, random } = options;
  if (!(radius >= 0 && radius < Infinity))
    throw new ArgumentError(`maxSensitivity: radius must be a number ≥ 0, got ${radius}`);
  if (!Number.isSafeInteger(samples) || samples < 1)
    throw new ArgumentError(`maxSensitivity: samples must be a positive integer, got ${samples}`);
  checkRandom('maxSensitivity', random);
  return { samples, radius };
}
