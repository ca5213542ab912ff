import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Fill } from '../models/draws.js';
import { inputGradient } from '../models/inputGradient.js';
import { pause } from '../models/inBatches.js';
import type { Classifier } from '../models/model.js';
import { type Pass, runPass } from '../models/passes.js';
import type { LossOf } from './apgdLoss.js';
import type { ApgdPlan } from './apgdPlan.js';
import { ascentDirection, type Ball, project } from './norms.js';

/** What one run is given. */
export interface ApgdInput {
  model: Classifier;
  /** Clean images [n, H, W, C]. */
  images: Tensor4D;
  /** [n]. */
  labels: Int32Array;
  /** The same, int32 [n], and the classes that a targeted loss leads to. */
  classes: { labels: Tensor1D; targets: Tensor1D };
  /** Where the run starts, in the ball. */
  start: Tensor4D;
  loss: LossOf;
}

/** What one run found, for each image. */
export interface ApgdFound {
  /** The last point whose class is another, or else the one with the highest loss; the caller disposes it. */
  images: Tensor4D;
  /** The highest loss. */
  loss: Float32Array;
  fooled: boolean[];
}

/** A point, its loss's gradient, and what was read of it. */
interface Point {
  x: Tensor4D;
  gradient: Tensor4D;
  loss: Float32Array;
  predicted: Int32Array;
}

/**
 * One run of auto-PGD: PGD with momentum, whose step size starts at 2·epsilon and is halved for an image, which goes back
 * to its best point, when too few steps of a period went upwards.
 *
 * @throws {InterruptedError} When the user stops the work.
 * @see Croce and Hein 2020, arXiv:2003.01690, algorithm 1; as AutoAttack's program, periods included.
 */
export async function apgdRun(input: ApgdInput, plan: ApgdPlan): Promise<ApgdFound> {
  const { own, release } = ownership();
  try {
    let point = await evaluate(input, tf.clone(input.start), own);
    let previous = point.x;
    let best = point;
    let adversarial = point.x;
    let fooled = misses(point, input.labels);
    const sizes = new Float32Array(input.labels.length).fill(2 * plan.epsilon);
    const { before } = input.loss(input.classes.labels, input.classes.targets);
    const checks = new Checks(before, point.loss, plan);
    for (let step = 0; step < plan.steps; step++) {
      await pause('apgd', `in step ${step + 1}`);
      const x = tf.tidy(() => move(input.images, { point, previous, sizes, plan, first: step === 0 }));
      previous = point.x;
      point = await evaluate(input, x, own);
      const missed = misses(point, input.labels);
      fooled = fooled.map((before, i) => before || (missed[i] ?? false));
      adversarial = own(choose(missed, point.x, adversarial));
      best = better(point, best, own);
      const halved = checks.after(point.loss, best.loss);
      if (halved) {
        halved.forEach((half, i) => (sizes[i] = (sizes[i] ?? 0) * (half ? 0.5 : 1)));
        const x = own(choose(halved, best.x, point.x));
        point = { ...point, x, gradient: own(choose(halved, best.gradient, point.gradient)) };
      }
      release(point.x, point.gradient, previous, best.x, best.gradient, adversarial);
    }
    return { images: choose(fooled, adversarial, best.x), loss: best.loss, fooled };
  } finally {
    release();
  }
}

/** Notes a tensor that the run disposes. */
type Own = <T extends Tensor>(tensor: T) => T;

/** Tensors that live until a `release` that does not keep them. */
function ownership(): { own: Own; release: (...kept: Tensor[]) => void } {
  const owned = new Set<Tensor>();
  return {
    own(tensor) {
      owned.add(tensor);
      return tensor;
    },
    release(...kept) {
      for (const tensor of owned) {
        if (kept.includes(tensor)) continue;
        tensor.dispose();
        owned.delete(tensor);
      }
    },
  };
}

/** Gradient, loss and prediction at x; takes x over. */
async function evaluate({ model, classes, loss }: ApgdInput, x: Tensor4D, own: Own): Promise<Point> {
  own(x);
  const point = runPass(model, passOf(loss), { inputs: { x, ...classes } });
  own(point.gradient);
  try {
    const read = await Promise.all([point.value.data(), point.predicted.data()]);
    return {
      x,
      gradient: point.gradient,
      loss: Float32Array.from(read[0]),
      predicted: Int32Array.from(read[1]),
    };
  } finally {
    tf.dispose([point.value, point.predicted]);
  }
}

type PassInputs = { x: Tensor4D; labels: Tensor1D; targets: Tensor1D };
type PassResult = { gradient: Tensor4D; value: Tensor1D; predicted: Tensor1D };

const passes = new WeakMap<LossOf, Pass<PassInputs, PassResult>>();

/** Gradient, loss and prediction at x; one pass for each kind of loss. */
function passOf(loss: LossOf): Pass<PassInputs, PassResult> {
  const pass: Pass<PassInputs, PassResult> =
    passes.get(loss) ??
    (({ logits }, { x, labels, targets }) => {
      const { evaluate } = loss(labels, targets);
      const { gradient, logits: z } = inputGradient(logits, x, (z) => evaluate(z).seed);
      return { gradient, value: evaluate(z).loss, predicted: tf.argMax<Tensor1D>(z, 1) };
    });
  passes.set(loss, pass);
  return pass;
}

/** A projected step and, with weight 1/4 from the second on, the last move. Eq. 3 and 4. Pure. */
function move(
  images: Tensor4D,
  from: { point: Point; previous: Tensor4D; sizes: Float32Array; plan: ApgdPlan; first: boolean },
): Tensor4D {
  const { point, previous, sizes, plan, first } = from;
  const rule = { norm: plan.norm, step: plan.norm === 'l2' ? 'normalised' : 'sign' } as const;
  const length = tf.tensor4d(sizes, [sizes.length, 1, 1, 1]);
  const { x, gradient } = point;
  const next = project(tf.add(x, tf.mul(length, ascentDirection(gradient, rule))), images, plan);
  if (first) return next;
  const mixed = tf.add(tf.mul(tf.sub(next, x), 0.75), tf.mul(tf.sub(x, previous), 0.25));
  return project(tf.add(x, mixed), images, plan);
}

function misses({ predicted }: Point, labels: Int32Array): boolean[] {
  return Array.from(labels, (label, i) => predicted[i] !== label);
}

/** Of each image the point with the higher loss; `best` where they are equal. */
function better(point: Point, best: Point, own: Own): Point {
  const higher = Array.from(point.loss, (loss, i) => loss > (best.loss[i] ?? Infinity));
  const pick = (key: 'loss' | 'predicted', i: number) => (higher[i] ? point : best)[key][i] ?? NaN;
  return {
    x: own(choose(higher, point.x, best.x)),
    gradient: own(choose(higher, point.gradient, best.gradient)),
    loss: point.loss.map((_, i) => pick('loss', i)),
    predicted: point.predicted.map((_, i) => pick('predicted', i)),
  };
}

/** Image by image, `yes` where the mask is set and `no` elsewhere; the caller disposes it. */
export function choose(mask: readonly boolean[], yes: Tensor4D, no: Tensor4D): Tensor4D {
  return tf.tidy(() => tf.where(tf.tensor4d([...mask], [mask.length, 1, 1, 1], 'bool'), yes, no));
}

/** Decides after each period of steps which images' step sizes are halved. */
class Checks {
  readonly #rho: number;
  readonly #shortest: number;
  readonly #decrease: number;
  #period: number;
  #taken = 0;
  #upwards: number[];
  #last: Float32Array;
  #bestAtCheck: Float32Array;
  #halvedAtCheck: boolean[];

  constructor(before: number, start: Float32Array, { steps, rho }: ApgdPlan) {
    this.#rho = rho;
    this.#period = Math.max(1, Math.floor(0.22 * steps));
    this.#shortest = Math.max(1, Math.floor(0.06 * steps));
    this.#decrease = Math.max(1, Math.floor(0.03 * steps));
    this.#upwards = Array.from(start, () => 0);
    this.#last = start.map(() => before);
    this.#bestAtCheck = start;
    this.#halvedAtCheck = Array.from(start, () => true);
  }

  /** The images to halve, at the end of a period; else undefined. */
  after(loss: Float32Array, best: Float32Array): boolean[] | undefined {
    const last = this.#last;
    this.#upwards = this.#upwards.map((count, i) => count + ((loss[i] ?? 0) > (last[i] ?? 0) ? 1 : 0));
    this.#last = loss;
    if (++this.#taken < this.#period) return undefined;
    const enough = this.#period * this.#rho;
    const halved = this.#upwards.map((count, i) => {
      const stuck = !this.#halvedAtCheck[i] && (this.#bestAtCheck[i] ?? 0) >= (best[i] ?? 0);
      return count <= enough || stuck;
    });
    this.#taken = 0;
    this.#upwards = halved.map(() => 0);
    this.#bestAtCheck = best;
    this.#halvedAtCheck = halved;
    this.#period = Math.max(this.#shortest, this.#period - this.#decrease);
    return halved;
  }
}

/** Fills one image's offset for a starting point at the ball's border, as AutoAttack draws it. */
export function onBorder({ norm, epsilon }: Ball): Fill {
  return (row, random) => {
    let size = 0;
    for (let i = 0; i < row.length; i++) {
      const value = norm === 'linf' ? 2 * random.uniform() - 1 : random.normal();
      row[i] = value;
      size = norm === 'linf' ? Math.max(size, Math.abs(value)) : Math.hypot(size, value);
    }
    for (let i = 0; i < row.length; i++) row[i] = ((row[i] ?? 0) * epsilon) / size;
  };
}
