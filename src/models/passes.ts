import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, constants, type Precision, type Step, type Variables } from '../compiler/index.js';
import { ArgumentError } from '../errors.js';
import { isNetwork } from './classifier.js';
import { logitsOf, type LogitsFunction } from './inputGradient.js';
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
 * One computation on a network and further tensors: pure, so that it can be compiled. `runPass` knows it by its identity,
 * so write it down once, and not inside the function that runs it.
 */
export type Pass<I extends Inputs, O extends Result> = (network: Network, inputs: I) => O;

type Inputs = Readonly<Record<string, Tensor>>;
/** A tensor, or several by name. */
type Result = Tensor | Record<string, Tensor>;

/** A pass that is ready to be run many times. */
export interface Prepared<I, O> {
  /** The caller disposes the outputs. */
  run(inputs: I): O;
  dispose(): void;
}

/** Image passes from which recording pays; below, a function runs operation by operation, equal up to rounding. */
export const worthCompiling = 2000;

/** What is kept on the device for a model. */
interface Kept {
  /** The model's values that `weights` were made of. */
  readonly sources: readonly object[];
  /** The model's state, folded where it can be. */
  readonly weights: Variables<ModelState>;
  /** Compiled passes by pass and precision. */
  readonly passes: Map<string, Prepared<never, unknown>>;
}

const kept = new Map<Model, Kept>();

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
  if (!isNetwork(model)) return tf.tidy(() => pass(functionNetwork(logitsOf(model)), inputs));
  const { passes } = keptOf(model);
  const key = `${precision} ${numberOf(pass)}`;
  const found = passes.get(key) ?? compiledPass(model, pass, precision);
  passes.set(key, found);
  // The compiled pass takes and returns what the pass does.
  return (found as Prepared<I, O>).run(inputs);
}

/**
 * Prepares a pass: compiled for a model and many images, operation by operation for a plain function or a few.
 *
 * @param images - How many images times how many calls are to come; with what they compute in, default 'float32'.
 * @returns The caller disposes it.
 */
export function prepare<I extends Inputs, O extends Result>(
  model: Classifier,
  images: number | { readonly images: number; readonly precision: Precision },
  pass: (logits: LogitsFunction, inputs: I) => O,
): Prepared<I, O> {
  const work = typeof images === 'number' ? { images, precision: 'float32' as const } : images;
  const isWorth = work.images >= worthCompiling || work.precision !== 'float32';
  if (isNetwork(model) && isWorth)
    return compiledPass<I, O>(model, ({ logits }, inputs) => pass(logits, inputs), work.precision);
  const logits = logitsOf(model);
  return { run: (inputs) => tf.tidy(() => pass(logits, inputs)), dispose: () => {} };
}

/** A pass on a model as one TensorFlow call; the caller disposes it. */
export function compiledPass<I extends Inputs, O extends Result>(
  model: Model,
  pass: Pass<I, O>,
  precision: Precision = 'float32',
): Prepared<I, O> {
  const step: Step<object, I, { result: O }> = compile(
    (state: ModelState, inputs: I) => ({
      outputs: { result: tf.tidy(() => pass(networkOf(model, state, { folded: true }), inputs)) },
    }),
    { state: keptOf(model).weights, precision },
  );
  // Tensors are the inputs of a compiled function as they are.
  return { run: (inputs) => step.run(inputs as never).result, dispose: () => step.dispose() };
}

/**
 * A model as passes see it, for running them operation by operation.
 *
 * @param options - `folded`: the state is what the model's `fold` returned, if it has one.
 */
export function networkOf(model: Model, state: ModelState = model, { folded = false } = {}): Network {
  const mode = folded && model.fold !== undefined ? { folded } : {};
  const apply: Network['apply'] = (images, options) => model.apply(state, images, { ...options, ...mode });
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
  const { passes, weights } = kept.get(model) ?? {};
  for (const step of passes?.values() ?? []) step.dispose();
  weights?.dispose();
  kept.delete(model);
}

function functionNetwork(logits: LogitsFunction): Network {
  return {
    logits,
    apply: () => {
      throw new ArgumentError('runPass: the model must be a network of Roarbook, got a plain function');
    },
  };
}

/** Made once for a model, and again when its tensors hold other values, as tf.Variables may. */
function keptOf(model: Model): Kept {
  const state = { params: model.params, buffers: model.buffers };
  const tensors = tensorsOf(state);
  if (tensors.some((tensor) => tensor.isDisposed)) {
    throw new ArgumentError('runPass: the model must be alive when it is used, got a disposed one');
  }
  const found = kept.get(model);
  if (found?.sources.every((source, i) => source === tensors[i]?.dataId)) return found;
  forgetPasses(model);
  // Models of other makers may be disposed without a word.
  for (const other of kept.keys()) {
    if (tensorsOf(other).some((tensor) => tensor.isDisposed)) forgetPasses(other);
  }
  // tf.tidy's type knows no read-only records.
  const folded: ModelState | undefined = tf.tidy(() => model.fold?.(state, { mirrored: true }) as never);
  try {
    const weights = constants(folded ?? state);
    const made = { sources: tensors.map(({ dataId }) => dataId), weights, passes: new Map() };
    kept.set(model, made);
    return made;
  } finally {
    if (folded) tf.dispose(tensorsOf(folded));
  }
}

function tensorsOf({ params, buffers }: ModelState): Tensor[] {
  return [...Object.values(params), ...Object.values(buffers)];
}

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number of its own for each pass. */
function numberOf(pass: object): number {
  const number = numbers.get(pass) ?? count++;
  numbers.set(pass, number);
  return number;
}
