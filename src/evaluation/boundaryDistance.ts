import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { predictedClasses } from '../attribution/attribute.js';
import { marginTo, type Rivalry } from '../attacks/rivals.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { forDataset } from '../models/forDataset.js';
import { type Batching, checkModel, pause } from '../models/inBatches.js';
import { logitsOf } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { prepare, type Prepared } from '../models/passes.js';
import { perImage, type PerImage } from './perImage.js';

/**
 * The linearised distance of each image to the decision boundary, and what bounds it. With i the predicted class, j the
 * runner-up and Ψ† = Ψᵢ − Ψⱼ:
 *
 *     ρ̃ = Ψ†(x) / ‖∇Ψ†‖ ≤ |⟨x, ∇Ψ†⟩| / ‖∇Ψ†‖ + ξ,   ξ = |Ψ†(x) − ⟨x, ∇Ψ†⟩| / ‖∇Ψ†‖.
 *
 * The inequality holds by the triangle inequality, whatever the network; what says something is how large ξ is beside the
 * alignment, and whether a minimal attack's distance (`minimalDistance`, at least ρ) stays under the bound too.
 */
export interface BoundaryDistance {
  /** ρ̃ in pixel units; Infinity where no gradient leads to another class. */
  readonly distance: PerImage;
  /** |⟨x, ∇Ψ†⟩| / ‖∇Ψ†‖: signed, not of |∇Ψ†|. */
  readonly alignment: PerImage;
  /** ξ, the network's deviation from a homogeneous one: 0 for ReLU networks without biases. */
  readonly xi: PerImage;
  /** alignment + ξ. */
  readonly bound: PerImage;
  /** i, [N]. */
  readonly predicted: Int32Array;
  /** j, [N]: the class whose boundary is nearest by the linearisation, seldom that of the second largest logit only. */
  readonly runnerUp: Int32Array;
}

/**
 * Measures the linearised distance to the decision boundary, ρ̃ = min over j ≠ i of (Ψᵢ − Ψⱼ) / ‖∇(Ψᵢ − Ψⱼ)‖₂.
 *
 * The first step of DeepFool has this length. Labels play no part: the boundary is that of the predicted class. One
 * forward and one backward pass for each class.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K], K ≥ 2.
 * @throws {ArgumentError} If the data set is empty, or the model has a single class.
 * @throws {InterruptedError} When the user stops the work.
 * @formula ρ̃ = min over j ≠ i of (Ψᵢ − Ψⱼ) / ‖∇(Ψᵢ − Ψⱼ)‖₂
 * @cost K forward and backward passes, and 1 forward pass.
 * @differs Nothing; the rival is the class with the nearest linearised boundary, not that of the second largest logit.
 * @see Etmann et al. 2019, arXiv:1905.04172, definition 4 and theorem 2.
 * @example
 * const { distance, bound, xi } = await boundaryDistance(model, test);
 */
export async function boundaryDistance(
  model: Classifier,
  dataset: Dataset,
  options: Batching = {},
): Promise<BoundaryDistance> {
  checkDataset('boundaryDistance', dataset);
  const count = dataset.labels.length;
  const prepared = prepare(model, count, (logits, input: Rivalry) => {
    const { margin, direction, norm } = marginTo(logits, input);
    return { margin, norm, product: tf.sum<Tensor1D>(tf.mul(input.images, direction), [1, 2, 3]) };
  });
  const predicted = new Int32Array(count);
  const found = new Nearest(predicted);
  let classes = 0;
  try {
    await forDataset('boundaryDistance', dataset, options, async ({ images, from }) => {
      if (from === 0) classes = countClasses(model, images);
      const own = predictedClasses(logitsOf(model), images);
      try {
        predicted.set(await own.data(), from);
        for (let rival = 0; rival < classes; rival++) {
          await pause('boundaryDistance', `at class ${rival} of images from ${from}`);
          found.offer(from, rival, await readMargins(prepared, { images, own, rivals: rival }));
        }
      } finally {
        own.dispose();
      }
    });
  } finally {
    prepared.dispose();
  }
  return found.summary();
}

/** Ψᵢ − Ψⱼ, the norm of its gradient and ⟨x, ∇⟩/‖∇‖ for one j, each [n]. */
interface Margins {
  margins: Float32Array;
  norms: Float32Array;
  products: Float32Array;
}

async function readMargins(
  prepared: Prepared<Rivalry, Record<'margin' | 'norm' | 'product', Tensor1D>>,
  { rivals, ...given }: Pick<Rivalry, 'images' | 'own'> & { rivals: number },
): Promise<Margins> {
  const filled = tf.fill<tf.Rank.R1>([given.images.shape[0]], rivals, 'int32');
  const { margin, norm, product } = prepared.run({ ...given, rivals: filled });
  try {
    const [margins, norms, products] = await Promise.all([
      margin.data<'float32'>(),
      norm.data<'float32'>(),
      product.data<'float32'>(),
    ]);
    return { margins, norms, products };
  } finally {
    tf.dispose([filled, margin, norm, product]);
  }
}

function countClasses(model: Classifier, images: Tensor4D): number {
  checkModel('boundaryDistance', model, { images, what: 'labels', least: 2 });
  return tf.tidy(() => logitsOf(model)(tf.slice(images, 0, 1)).shape[1]);
}

/** The nearest boundary of each image so far. */
class Nearest {
  readonly #distance: Float32Array;
  readonly #alignment: Float32Array;
  readonly #xi: Float32Array;
  readonly #predicted: Int32Array;
  readonly #runnerUp: Int32Array;

  /** @param predicted - [N], filled before an image's boundaries are offered. */
  constructor(predicted: Int32Array) {
    const count = predicted.length;
    this.#distance = new Float32Array(count).fill(Infinity);
    this.#alignment = new Float32Array(count);
    this.#xi = new Float32Array(count).fill(Infinity);
    this.#predicted = predicted;
    this.#runnerUp = new Int32Array(count).fill(-1);
  }

  offer(from: number, rival: number, { margins, norms, products }: Margins): void {
    margins.forEach((margin, i) => {
      const image = from + i;
      if (rival === this.#predicted[image]) return;
      // On the boundary itself the distance is 0, also where it is flat.
      const distance = margin === 0 ? 0 : margin / (norms[i] ?? NaN);
      const first = (this.#runnerUp[image] ?? -1) < 0;
      if (!first && !(distance < (this.#distance[image] ?? Infinity))) return;
      const product = products[i] ?? NaN;
      this.#distance[image] = distance;
      this.#alignment[image] = Math.abs(product);
      this.#xi[image] = Math.abs(distance - product);
      this.#runnerUp[image] = rival;
    });
  }

  summary(): BoundaryDistance {
    return {
      distance: perImage(this.#distance),
      alignment: perImage(this.#alignment),
      xi: perImage(this.#xi),
      bound: perImage(this.#alignment.map((value, i) => value + (this.#xi[i] ?? NaN))),
      predicted: this.#predicted,
      runnerUp: this.#runnerUp,
    };
  }
}
