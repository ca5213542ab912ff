import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Precision } from '../compiler/index.js';
import { isNetwork } from '../models/classifier.js';
import { logitsOf, oneHot } from '../models/inputGradient.js';
import type { LogitsFunction } from '../models/inputGradient.js';
import type { Classifier, Model } from '../models/model.js';
import { compiledPass, type Network, worthCompiling } from '../models/passes.js';
import { attackGradient, attackStep, type PgdPlan } from './pgdStep.js';

/** Where an attack stands. (A type, not an interface, so that it is a record of tensors.) */
export type AttackState = {
  /** The clean images [N, H, W, C]. */
  readonly images: Tensor4D;
  /** The attacked images so far. */
  readonly current: Tensor4D;
  /** [N], int32. */
  readonly labels: Tensor1D;
};

/** Takes an attack's steps on one model. */
export interface Stepper {
  /** The images after one more step; the caller disposes them. */
  step(state: AttackState): Tensor4D;
  /** By how much the largest other logit is above the label's, [N] (targeted: below it); the caller disposes it. */
  margins(state: AttackState): Tensor1D;
  dispose(): void;
}

/**
 * The steps of an attack on a model: compiled for a model and many passes, eager for a plain function or a few.
 *
 * @param options - `passes`: how many images times how many steps are to come; `precision`: what a model computes in,
 *   default 'float32'.
 */
export function newStepper(
  model: Classifier,
  plan: PgdPlan,
  { passes, precision = 'float32' }: { passes: number; precision?: Precision | undefined },
): Stepper {
  const isEager = passes < worthCompiling && precision === 'float32';
  return isNetwork(model) && !isEager
    ? compiledStepper(model, plan, precision)
    : eagerStepper(logitsOf(model), plan);
}

export function eagerStepper(logits: LogitsFunction, plan: PgdPlan): Stepper {
  return {
    step: (state) => stepOnce(logits, plan, state),
    margins: (state) => margins(logits, plan, state),
    dispose: () => {},
  };
}

export function compiledStepper(model: Model, plan: PgdPlan, precision: Precision = 'float32'): Stepper {
  const pass = ({ logits }: Network, state: AttackState) => stepOnce(logits, plan, state);
  const compiled = compiledPass(model, pass, precision);
  return {
    step: (state) => compiled.run(state),
    margins: (state) => margins(logitsOf(model), plan, state),
    dispose: () => compiled.dispose(),
  };
}

function stepOnce(logits: LogitsFunction, plan: PgdPlan, { images, current, labels }: AttackState): Tensor4D {
  return tf.tidy(() => attackStep((x) => attackGradient(logits, x, labels), { images, current, plan }));
}

function margins(logits: LogitsFunction, { targeted }: PgdPlan, { current, labels }: AttackState): Tensor1D {
  return tf.tidy(() => {
    const z = logits(current);
    const label = oneHot(labels, z);
    const others = tf.max<Tensor1D>(tf.sub(z, tf.mul(label, 1e9)), 1);
    const margin = tf.sub<Tensor1D>(others, tf.sum(tf.mul(z, label), 1));
    return targeted ? tf.neg(margin) : margin;
  });
}
