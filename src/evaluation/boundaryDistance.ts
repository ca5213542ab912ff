import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ascentDirection } from '../attacks/norms.js';
import { checkDataset } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { ArgumentError } from '../errors.js';
import { type Batching, checkModel } from '../models/inBatches.js';
import { inputGradient, logitsOf, oneHot, type LogitsFunction } from '../models/inputGradient.js';
import type { Classifier } from '../models/model.js';
import { prepare } from '../models/prepare.js';
import { forDataset } from '../models/forDataset.js';
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
 * @see Etmann et al. 2019, arXiv:1905.04172, definition 4 and theorem 2.
 */
export async function boundaryDistance(
  model: Classifier,
  dataset: Dataset,
  options: Batching = {},
): Promise<BoundaryDistance> {
  checkDataset('boundaryDistance', dataset);
  const count = dataset.labels.length;
  const found = new Nearest(count);
  const prepared = prepare(model, count, (logits, inputs: { images: Tensor4D; rivals: Tensor1D }) =>
    differences(logits, inputs),
  );
  let classes = 0;
  try {
    await forDataset('boundaryDistance', dataset, options, async ({ images, from }) => {
      if (from === 0) classes = countClasses(model, images);
      for (let rival = 0; rival < classes; rival++) {
        const rivals = tf.fill<tf.Rank.R1>([images.shape[0]], rival, 'int32');
        const part = prepared.run({ images, rivals });
        try {
          const [margins, norms, products, predicted] = await Promise.all([
            part.margins.data(),
            part.norms.data(),
            part.products.data(),
            part.predicted.data(),
          ]);
          margins.forEach((margin, i) =>
            found.offer(from + i, rival, {
              predicted: predicted[i] ?? NaN,
              margin,
              norm: norms[i] ?? NaN,
              product: products[i] ?? NaN,
            }),
          );
        } finally {
          tf.dispose([rivals, ...Object.values(part)]);
        }
      }
    });
  } finally {
    prepared.dispose();
  }
  return found.summary();
}

function countClasses(model: Classifier, images: Tensor4D): number {
  checkModel('boundaryDistance', model, { images, classes: new Int32Array(0), what: 'labels' });
  const classes = tf.tidy(() => logitsOf(model)(tf.slice(images, 0, 1)).shape[1]);
  if (classes > 1) return classes;
  throw new ArgumentError('boundaryDistance: the model must have at least 2 classes, got 1');
}

/** Ψᵢ − Ψⱼ, the norm of its gradient and ⟨x, ∇⟩/‖∇‖ for one j for each image, all [n]. Pure. */
function differences(logits: LogitsFunction, { images, rivals }: { images: Tensor4D; rivals: Tensor1D }) {
  const pass = inputGradient(logits, images, (z) => tf.sub(oneHot(tf.argMax(z, 1), z), oneHot(rivals, z)));
  const predicted = tf.argMax<Tensor1D>(pass.logits, 1);
  const difference = tf.sub(oneHot(predicted, pass.logits), oneHot(rivals, pass.logits));
  const unit = ascentDirection(pass.gradient, { norm: 'l2', step: 'normalised' });
  const along = (x: Tensor4D) => tf.sum<Tensor1D>(tf.mul(x, unit), [1, 2, 3]);
  const margins = tf.sum<Tensor1D>(tf.mul(pass.logits, difference), 1);
  // ⟨∇, ∇/‖∇‖⟩ does not underflow, as squares of small gradients do.
  return { margins, norms: along(pass.gradient), products: along(images), predicted };
}

/** The nearest boundary of each image so far. */
class Nearest {
  readonly #distance: Float32Array;
  readonly #alignment: Float32Array;
  readonly #xi: Float32Array;
  readonly #predicted: Int32Array;
  readonly #runnerUp: Int32Array;

  constructor(count: number) {
    this.#distance = new Float32Array(count).fill(Infinity);
    this.#alignment = new Float32Array(count);
    this.#xi = new Float32Array(count).fill(Infinity);
    this.#predicted = new Int32Array(count);
    this.#runnerUp = new Int32Array(count).fill(-1);
  }

  offer(
    image: number,
    rival: number,
    { predicted, margin, norm, product }: Record<'predicted' | 'margin' | 'norm' | 'product', number>,
  ): void {
    this.#predicted[image] = predicted;
    if (rival === predicted) return;
    // On the boundary itself the distance is 0, also where it is flat.
    const distance = margin === 0 ? 0 : margin / norm;
    const first = (this.#runnerUp[image] ?? -1) < 0;
    if (!first && !(distance < (this.#distance[image] ?? Infinity))) return;
    this.#distance[image] = distance;
    this.#alignment[image] = Math.abs(product);
    this.#xi[image] = Math.abs(distance - product);
    this.#runnerUp[image] = rival;
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
