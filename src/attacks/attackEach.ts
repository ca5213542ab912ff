import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { imageDraws } from '../models/draws.js';
import { logitsOf } from '../models/inputGradient.js';
import { type Classes, mapBatches, type Slice } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { runPass, worthCompiling } from '../models/passes.js';
import { predictedPass } from '../attribution/attribute.js';
import { checkRandom } from '../random.js';
import type { LossOf } from './apgdLoss.js';
import { type ApgdOptions, apgdPlan, type ApgdPlan } from './apgdPlan.js';
import { type ApgdFound, apgdRun, onBorder } from './apgdRun.js';
import { attackedClasses } from './attackedClasses.js';
import { project } from './norms.js';

/** One kind of run. */
export interface Goal {
  /** For messages. */
  readonly name: string;
  /** How many classes it needs; with fewer it is left out, and an error where no other goal is left. */
  readonly classes: number;
  /**
   * Its target is the class with the rank-th largest logit of the clean image; 1, the predicted one, where there is no
   * target. Not tried where there are fewer classes.
   */
  readonly rank: number;
  /** What it makes large. */
  readonly loss: LossOf;
}

/** Starting points [n, H, W, C] for the images of a batch in the ball around them; another one for each run. */
type Starts = (batch: Tensor4D, images: Slice, run: number) => Tensor4D;

/**
 * Runs APGD towards one goal after the other, and `restarts` times each, on the images that nothing has fooled yet.
 *
 * @param name - The public function, for messages.
 * @throws {ArgumentError} If an argument has another form or is out of range.
 */
export async function attackEach(
  name: string,
  input: { model: Classifier; images: Tensor4D; labels: Classes; options: ApgdOptions },
  goals: readonly Goal[],
): Promise<Tensor4D> {
  const { model, images, labels, options } = input;
  const { restarts = 1, random } = options;
  const plan = apgdPlan(name, options);
  checkRandom(name, random);
  const classes = await attackedClasses(name, model, { images, labels });
  const logits = logitsOf(model);
  // A recording for each number of images that are left must pay.
  const used = images.shape[0] * plan.steps < worthCompiling ? logits : model;
  const count = tf.tidy(() => logits(tf.slice(images, 0, 1)).shape[1]);
  const [first] = goals;
  const possible = goals.filter(({ classes }) => classes <= count);
  if (first && possible.length === 0)
    throw new ArgumentError(`${name}: ${first.name} needs at least ${first.classes} classes, got ${count}`);
  const runs = possible
    .filter(({ rank }) => rank <= count)
    .flatMap((goal) => Array.from({ length: restarts }, () => goal));
  const draw = imageDraws(random);
  const starts: Starts = (batch, images, run) => {
    const samples = { from: run, to: run + 1 };
    return tf.add(batch, draw(onBorder(plan), { images, samples, shape: batch.shape }));
  };
  return mapBatches(name, images, {
    batchSize: options.batchSize,
    label: options.label,
    body: (batch, slice) => {
      const own = classes.subarray(slice.from, slice.to);
      return attackBatch({ model: used, images: batch, labels: own, slice }, { runs, plan, starts });
    },
  });
}

async function attackBatch(
  batch: { model: Classifier; images: Tensor4D; labels: Int32Array; slice: Slice },
  { runs, plan, starts }: { runs: readonly Goal[]; plan: ApgdPlan; starts: Starts },
): Promise<Tensor4D> {
  const { model, images, labels, slice } = batch;
  const predicted = runPass(model, predictedPass, { inputs: { images } });
  const classes = await predicted.data();
  predicted.dispose();
  let open = Array.from(labels.keys()).filter((i) => classes[i] === labels[i]);
  let found = tf.clone(images);
  const highest = new Float32Array(labels.length).fill(-Infinity);
  try {
    for (const [number, goal] of runs.entries()) {
      if (open.length === 0) break;
      const rows = tf.tensor1d(open, 'int32');
      const start = tf.tidy(() => project(starts(images, slice, number), images, plan));
      try {
        const result = await runOn(rows, { ...batch, start, goal }, plan);
        const comparable = goal === runs[0];
        const taken = open.map((image, i) => {
          const higher = comparable && (result.loss[i] ?? 0) > (highest[image] ?? 0);
          if (higher) highest[image] = result.loss[i] ?? 0;
          return result.fooled[i] || higher;
        });
        const before = found;
        found = merged(before, result.images, { rows: open, taken });
        tf.dispose([before, result.images]);
        open = open.filter((_, i) => !result.fooled[i]);
      } finally {
        tf.dispose([rows, start]);
      }
    }
  } catch (error) {
    found.dispose();
    throw error;
  }
  return found;
}

/** One run on some of a batch's images. */
async function runOn(
  rows: Tensor1D,
  from: { model: Classifier; images: Tensor4D; labels: Int32Array; start: Tensor4D; goal: Goal },
  plan: ApgdPlan,
): Promise<ApgdFound> {
  const { model, goal } = from;
  const labels = Int32Array.from(await rows.data(), (row) => from.labels[row] ?? 0);
  const [images, start] = [tf.gather(from.images, rows), tf.gather(from.start, rows)];
  const classes = tf.tensor1d(labels, 'int32');
  const targets = tf.tidy(() => {
    const { indices } = tf.topk(logitsOf(model)(images), goal.rank);
    return tf.reshape<tf.Rank.R1>(tf.slice(indices, [0, goal.rank - 1], [-1, 1]), [-1]);
  });
  try {
    const ownClasses = { labels: classes, targets };
    return await apgdRun({ model, images, labels, classes: ownClasses, start, loss: goal.loss }, plan);
  } finally {
    tf.dispose([images, start, classes, targets]);
  }
}

/** `all`, in which the rows named are replaced where they are taken. */
function merged(
  all: Tensor4D,
  replacements: Tensor4D,
  { rows, taken }: { rows: readonly number[]; taken: readonly boolean[] },
): Tensor4D {
  return tf.tidy(() => {
    const source = Array.from({ length: all.shape[0] }, (_, i) => i);
    rows.forEach((row, i) => (source[row] = taken[i] ? all.shape[0] + i : row));
    return tf.gather(tf.concat([all, replacements]), tf.tensor1d(source, 'int32'));
  });
}
