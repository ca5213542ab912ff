import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ddnBatch, type DdnOptions, ddnPlan, ddnStepper } from '../attacks/ddn.js';
import { deepFoolBatch, type DeepFoolStepper, deepFoolStepper } from '../attacks/deepFool.js';
import { imageNorms } from '../attacks/norms.js';
import { checkDataset, checkRange } from '../data/checkDataset.js';
import type { Dataset } from '../data/dataset.js';
import { checkModel } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { prepare } from '../models/passes.js';
import { forDataset } from '../models/forDataset.js';
import { perImage, type PerImage } from './perImage.js';

/**
 * How far a minimal attack has to go: an upper bound of ρ, the ℓ2 distance of each image to the nearest one that gets
 * another class than its own prediction.
 *
 * `ddn` and `deepFool` look for that image; bisection on the line to each finds where the class changes (20 forward passes,
 * to a millionth of the way), and the nearer one counts. Infinity where none was found. Labels play no part. DeepFool, which
 * knows the rival's gradient, is nearer on most images of standard networks, DDN where the boundary is curved.
 *
 * @param model - Maps images [N, H, W, C] to logits [N, K].
 * @param options - Those of `ddn`.
 * @throws {ArgumentError} As `ddn`, or if the data set is empty.
 * @throws {InterruptedError} When the user stops the work.
 * @formula min over both attacks of min over t in [0, 1] of t‖x_{adv} − x‖₂ with argmax z(x + t(x_{adv} − x)) ≠ argmax z(x)
 * @cost Those of `ddn` and `deepFool`, and 43 forward passes.
 * @differs Two attacks and a bisection, so an upper bound of ρ; nobody can compute ρ itself.
 * @see Rony et al. 2019, arXiv:1811.09600; Moosavi-Dezfooli et al. 2016, arXiv:1511.04599; ρ as in Etmann et al. 2019, arXiv:1905.04172, definition 1.
 * @example
 * const { median, values } = await minimalDistance(model, test, { steps: 5 });
 */
export async function minimalDistance(
  model: Classifier,
  dataset: Dataset,
  options: DdnOptions = {},
): Promise<PerImage> {
  const plan = ddnPlan('minimalDistance', options);
  checkDataset('minimalDistance', dataset);
  checkRange('minimalDistance', dataset);
  const values = new Float32Array(dataset.labels.length);
  const stepper = ddnStepper(model, plan, values.length);
  const classifier = prepare(
    model,
    2 * values.length * halvings,
    (logits, { images }: { images: Tensor4D }) => ({
      classes: tf.argMax<Tensor1D>(logits(images), 1),
    }),
  );
  let fool: DeepFoolStepper | undefined;
  const classify: Classify = (images) => classifier.run({ images }).classes;
  try {
    await forDataset('minimalDistance', dataset, options, async ({ images, from }) => {
      if (from === 0) checkModel('minimalDistance', model, { images, what: 'labels' });
      fool ??= deepFoolStepper(model, images, values.length);
      values.set(await nearest(classify, images, { ddn: { stepper, plan }, fool }), from);
    });
  } finally {
    stepper.dispose();
    fool?.dispose();
    classifier.dispose();
  }
  return perImage(values);
}

interface MinimalAttacks {
  ddn: { stepper: ReturnType<typeof ddnStepper>; plan: ReturnType<typeof ddnPlan> };
  fool: DeepFoolStepper;
}

/** The shorter of the two attacks' distances of each image, [n]. */
async function nearest(
  classify: Classify,
  images: Tensor4D,
  { ddn, fool }: MinimalAttacks,
): Promise<Float32Array> {
  const predicted = classify(images);
  try {
    const batch = { images, labels: Int32Array.from(await predicted.data()), predicted };
    const byDdn = await distances(classify, batch, await ddnBatch(ddn.stepper, batch, ddn.plan));
    const byDeepFool = await distances(classify, batch, await deepFoolBatch(fool, batch, deepFoolPlan));
    return byDdn.map((distance, i) => Math.min(distance, byDeepFool[i] ?? Infinity));
  } finally {
    predicted.dispose();
  }
}

/** How often the line is halved. */
const halvings = 20;
/** What DeepFool is run with; few images need more steps. */
const deepFoolPlan = { steps: 20, overshoot: 0.02 };

/** The class of each image, [n]. */
type Classify = (images: Tensor4D) => Tensor1D;

/** How far from its image the class changes on the way to what an attack found, [n]; disposes `far`. */
async function distances(
  classify: Classify,
  { images, predicted }: { images: Tensor4D; predicted: Tensor1D },
  far: Tensor4D,
): Promise<Float32Array> {
  const found = tf.tidy(() => lastChange(classify, { images, far, predicted }));
  try {
    return await found.data<'float32'>();
  } finally {
    tf.dispose([far, found]);
  }
}

/** How far along the line from images to `far` the class becomes another, [n]; Infinity where it does not. */
function lastChange(
  classify: Classify,
  { images, far, predicted }: { images: Tensor4D; far: Tensor4D; predicted: Tensor1D },
): Tensor1D {
  const offset = tf.sub<Tensor4D>(far, images);
  const fooled = (share: Tensor4D) => {
    const classes = classify(tf.add(images, tf.mul(share, offset)));
    return tf.reshape(tf.notEqual(classes, predicted), [-1, 1, 1, 1]);
  };
  let high = tf.ones([images.shape[0], 1, 1, 1]) as Tensor4D;
  let low = tf.zerosLike(high);
  const found = fooled(high);
  for (let i = 0; i < halvings; i++) {
    const middle = tf.mul<Tensor4D>(tf.add(low, high), 0.5);
    const other = fooled(middle);
    [low, high] = [tf.where(other, low, middle), tf.where(other, middle, high)];
  }
  const distance = tf.mul<Tensor4D>(high, imageNorms(offset, 'l2'));
  return tf.reshape(tf.where(found, distance, tf.fill(distance.shape, Infinity)), [-1]);
}
