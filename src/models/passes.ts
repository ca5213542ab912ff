import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, type Precision, type Step } from '../compiler/index.js';
import { ArgumentError } from '../errors.js';
import type { LogitsFunction } from './inputGradient.js';
import type { ApplyOptions, ApplyResult, Classifier, Model, ModelState } from './model.js';

/** What a pass sees of a model, in evaluation mode: pure functions of its own tensors. */
export interface Network {
  /** Images [N, H, W, C] → logits [N, K]. */
  readonly logits: LogitsFunction;
  /** The whole application; a plain function of images has none. */
  apply(images: Tensor4D, options?: Pick<ApplyOptions, 'rules'>): ApplyResult;
  /** The explainer's maps, [N, H, W, C] or [N, H, W, 1], of a network that has one. */
  explain?(images: Tensor4D): Tensor4D;
}

/**
 * One computation on a network and further tensors: pure, so that it can be compiled. It is known by its identity, so
 * write it down once, and not inside the function that runs it.
 */
export type Pass<I extends Inputs, O extends Result> = (network: Network, inputs: I) => O;

type Inputs = Readonly<Record<string, Tensor>>;
/** A tensor, or several by name. */
type Result = Tensor | Record<string, Tensor>;

/** What compiled passes are fed: the model's own tensors, which are shared and not copied, and the pass's inputs. */
interface Fed {
  readonly state: ModelState;
  readonly inputs: Inputs;
}

type Compiled = Step<object, Fed, { result: Result }>;

/** Compiled passes by model, by pass and precision. */
const compiled = new Map<Model, Map<string, Compiled>>();

/**
 * Runs a pass: as one TensorFlow call for a model, operation by operation for a plain function.
 *
 * Each shape of the inputs is recorded once and kept until the model is disposed.
 *
 * @returns What the pass returns; the caller disposes it.
 */
export function runPass<I extends Inputs, O extends Result>(
  model: Classifier,
  pass: Pass<I, O>,
  { inputs, precision = 'float32' }: { inputs: I; precision?: Precision },
): O {
  if (typeof model === 'function') return tf.tidy(() => pass(functionNetwork(model), inputs));
  const step = stepOf(model, pass as never, precision);
  const state = { params: model.params, buffers: model.buffers };
  // The compiled pass returns what the pass does.
  return step.run({ state, inputs }).result as O;
}

/** A model as passes see it, for running them operation by operation. */
export function networkOf(model: Model, state: ModelState = model): Network {
  const apply: Network['apply'] = (images, options) => model.apply(state, images, options);
  const logits: LogitsFunction = (images) => apply(images).logits;
  const explain = model.explain?.bind(model);
  if (!explain) return { apply, logits };
  return {
    apply,
    logits,
    explain(images) {
      const [, height, width] = images.shape;
      return explain(state, apply(images).features, { size: [height, width] }).maps;
    },
  };
}

/** Frees what was compiled for a model; its `dispose` calls this. */
export function forgetPasses(model: Model): void {
  for (const step of compiled.get(model)?.values() ?? []) step.dispose();
  compiled.delete(model);
}

function functionNetwork(logits: LogitsFunction): Network {
  return {
    logits,
    apply: () => {
      throw new ArgumentError('runPass: the model must be a network of Roarbook, got a plain function');
    },
  };
}

function stepOf(model: Model, pass: Pass<Inputs, Result>, precision: Precision): Compiled {
  const steps = compiled.get(model) ?? new Map<string, Compiled>();
  if (!compiled.has(model)) {
    // Models of other makers may be disposed without a word.
    for (const other of [...compiled.keys()].filter(isDisposed)) forgetPasses(other);
    compiled.set(model, steps);
  }
  const key = `${precision} ${numberOf(pass)}`;
  const found = steps.get(key);
  if (found) return found;
  const step: Compiled = compile(
    (_: object, { state, inputs }: Fed) => ({
      outputs: { result: tf.tidy(() => pass(networkOf(model, state), inputs)) },
    }),
    { precision },
  );
  steps.set(key, step);
  return step;
}

function isDisposed({ params }: Model): boolean {
  return Object.values(params).some((param) => param.isDisposed);
}

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number of its own for each pass. */
function numberOf(pass: object): number {
  const number = numbers.get(pass) ?? count++;
  numbers.set(pass, number);
  return number;
}
