import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { gather } from '../data/batches.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { type Fill, imageDraws } from '../models/draws.js';
import { forDataset } from '../models/forDataset.js';
import { pause } from '../models/inBatches.js';
import { oneHot, type LogitsFunction } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { prepare, type Prepared } from '../models/passes.js';
import { checkRandom, type Random } from '../random.js';
import { explain, explainedClasses, type ExplainOptions, type Method } from './method.js';
import { perImage, type PerImage } from './perImage.js';

/** How images are perturbed, and whether maps are scaled first. */
export interface InfidelityOptions extends ExplainOptions {
  /** Perturbations of each image; default 50. */
  samples?: number;
  /**
   * 'noise' (default): normal numbers are subtracted from every entry. 'square': a random square of the image is taken away,
   * the paper's square removal.
   */
  perturbation?: 'noise' | 'square';
  /** Standard deviation of the noise; default 0.15. */
  sigma?: number;
  /** Side of the squares in pixels; default a quarter of the image's height. */
  side?: number;
  /** Scales each image's map by the factor that makes its infidelity smallest. Default false. */
  normalise?: boolean;
  /** Draws the perturbations. */
  random: Random;
}

/**
 * Infidelity: the mean squared difference between what a map says a perturbation I of the image costs, ⟨I, map⟩, and what
 * it costs the logit, f(x) − f(x − I). 0 is best; a linear model's gradient has it.
 *
 * One forward pass for each sample, and one more.
 *
 * @param method - `(model, images, targets) => maps`, signed: |gradients| are not faithful in this sense.
 * @returns Each image's infidelity, ≥ 0.
 * @throws {ArgumentError} If an option is out of range, or maps do not fit the images.
 * @throws {InterruptedError} When the user stops the work.
 * @formula E[(⟨I, map⟩ − (f(x) − f(x − I)))²]
 * @cost One map, and a forward pass for each sample and one more.
 * @differs captum leaves the perturbation to its caller; `normalise` is its `normalize=True`.
 * @see Yeh et al. 2019, arXiv:1901.09392, definition 2.1; as captum.metrics.infidelity.
 * @example
 * const { mean } = await infidelity(model, test, gradientTimesInput, { samples: 5, normalise: true, random });
 */
export async function infidelity<M extends Classifier>(
  model: M,
  dataset: Dataset,
  method: Method<M>,
  options: InfidelityOptions,
): Promise<PerImage> {
  const { samples, fill, normalise } = planOf(dataset, options);
  const classes = await explainedClasses('infidelity', { model, dataset }, options);
  const maps = await explain({ model, method }, dataset, { ...options, classes });
  const mapSet = { ...dataset, images: maps };
  const values = new Float32Array(classes.length);
  const draw = imageDraws(options.random);
  const square = options.perturbation === 'square';
  const prepared = prepare(model, values.length * (samples + 1), (logits, input: SampleInput) =>
    sampleOf(logits, input, square),
  );
  try {
    await forDataset('infidelity', dataset, options, async ({ images, from }) => {
      const n = images.shape[0];
      const slice = { from, to: from + n };
      const indices = Int32Array.from({ length: n }, (_, i) => from + i);
      const given = {
        images,
        maps: tf.tensor4d(gather(mapSet, indices), images.shape),
        targets: tf.tensor1d(classes.subarray(from, from + n), 'int32'),
      };
      const perturb = (sample: number) =>
        draw(fill, { images: slice, samples: { from: sample, to: sample + 1 }, shape: images.shape });
      try {
        const sums = await sumsOver(prepared, given, { samples, perturb });
        sums.forEach((sum, i) => (values[from + i] = sum.infidelity(normalise)));
      } finally {
        tf.dispose([given.maps, given.targets]);
      }
    });
  } finally {
    prepared.dispose();
  }
  return perImage(values);
}

/** The target's logit of the perturbed images, and what their maps say of the perturbation, both [n]. Pure. */
function sampleOf(logits: LogitsFunction, input: SampleInput, square: boolean): Sample {
  const { images, maps, perturbation, targets } = input;
  // The perturbed image lacks what a square holds.
  const change = square ? tf.mul<Tensor4D>(perturbation, images) : perturbation;
  const z = logits(tf.sub(images, change));
  return {
    logit: tf.sum<Tensor1D>(tf.mul(z, oneHot(targets, z)), 1),
    said: tf.sum<Tensor1D>(tf.mul(change, maps), [1, 2, 3]),
  };
}

/** The sums of each image over its samples. */
async function sumsOver(
  prepared: Prepared<SampleInput, Sample>,
  given: Omit<SampleInput, 'perturbation'>,
  { samples, perturb }: { samples: number; perturb: (sample: number) => Tensor4D },
): Promise<Sums[]> {
  const run = async (perturbation: Tensor4D) => {
    const { logit, said } = prepared.run({ ...given, perturbation });
    try {
      return await Promise.all([logit.data<'float32'>(), said.data<'float32'>()]);
    } finally {
      tf.dispose([perturbation, logit, said]);
    }
  };
  const sums = Array.from({ length: given.images.shape[0] }, () => new Sums());
  const [clean] = await run(tf.zerosLike(given.images));
  for (let sample = 0; sample < samples; sample++) {
    await pause('infidelity', `after ${sample} of ${samples} samples`);
    const [logit, said] = await run(perturb(sample));
    sums.forEach((sum, i) => sum.add(said[i] ?? NaN, (clean[i] ?? NaN) - (logit[i] ?? NaN)));
  }
  return sums;
}

type Sample = { logit: Tensor1D; said: Tensor1D };
type SampleInput = { images: Tensor4D; maps: Tensor4D; perturbation: Tensor4D; targets: Tensor1D };

/** Products of what a map says, a, and what happens, b, over the samples of one image. */
class Sums {
  #count = 0;
  #aa = 0;
  #ab = 0;
  #bb = 0;

  add(a: number, b: number): void {
    this.#count++;
    this.#aa += a * a;
    this.#ab += a * b;
    this.#bb += b * b;
  }

  /** The mean of (factor · a − b)². */
  infidelity(normalise: boolean): number {
    const factor = normalise ? (this.#aa > 0 ? this.#ab / this.#aa : 1) : 1;
    return Math.max(0, factor ** 2 * this.#aa - 2 * factor * this.#ab + this.#bb) / this.#count;
  }
}

function planOf(
  dataset: Dataset,
  options: InfidelityOptions,
): { samples: number; fill: Fill; normalise: boolean } {
  checkOptions('infidelity', options);
  checkDataset('infidelity', dataset);
  const [height, width, channels] = dataset.shape;
  const { samples = 50, perturbation = 'noise', sigma = 0.15, normalise = false, random } = options;
  const { side = Math.max(1, Math.round(height / 4)) } = options;
  if (!Number.isSafeInteger(samples) || samples < 1)
    throw new ArgumentError(`infidelity: samples must be a positive integer, got ${samples}`);
  if (perturbation !== 'noise' && perturbation !== 'square')
    throw new ArgumentError(
      `infidelity: perturbation must be 'noise' or 'square', got ${String(perturbation)}`,
    );
  if (!(sigma > 0 && sigma < Infinity))
    throw new ArgumentError(`infidelity: sigma must be a number > 0, got ${sigma}`);
  const most = Math.min(height, width);
  if (!Number.isSafeInteger(side) || side < 1 || side > most)
    throw new ArgumentError(`infidelity: side must be an integer in 1…${most}, got ${side}`);
  checkRandom('infidelity', random);
  const noise: Fill = (row, stream) => {
    for (let i = 0; i < row.length; i++) row[i] = sigma * stream.normal();
  };
  const square: Fill = (row, stream) => {
    const [top, left] = [stream.integer(height - side + 1), stream.integer(width - side + 1)];
    for (let y = top; y < top + side; y++)
      row.fill(1, (y * width + left) * channels, (y * width + left + side) * channels);
  };
  return { samples, normalise, fill: perturbation === 'noise' ? noise : square };
}
