import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile } from '../compiler/index.js';
import { logitsOf, type LogitsFunction } from './inputGradient.js';
import type { Classifier } from './model.js';

/** A function of tensors by name that is ready to be run many times. */
export interface Prepared<I, O> {
  /** The caller disposes the outputs. */
  run(inputs: I): O;
  dispose(): void;
}

/** Image passes from which recording pays; below, a function runs operation by operation, equal up to rounding. */
export const worthCompiling = 2000;

/**
 * Prepares a pure function of a classifier: compiled for a model and many passes, eager for a plain function or a few.
 *
 * @param fn - Pure: it reads no value, and every tensor it depends on is one of `inputs` or made by `logits`.
 * @param passes - How many images times how many calls are to come.
 */
export function prepare<I extends Record<string, Tensor>, O extends Record<string, Tensor>>(
  model: Classifier,
  passes: number,
  fn: (logits: LogitsFunction, inputs: I) => O,
): Prepared<I, O> {
  if (typeof model === 'function' || passes < worthCompiling) {
    const logits = logitsOf(model);
    return { run: (inputs) => tf.tidy(() => fn(logits, inputs)), dispose: () => {} };
  }
  const compiled = compile(
    (state, inputs: I) => ({ outputs: fn((images) => model.apply(state, images).logits, inputs) }),
    { state: { params: model.params, buffers: model.buffers } },
  );
  // Tensors are the inputs of a compiled function as they are.
  return { run: (inputs) => compiled.run(inputs as never), dispose: () => compiled.dispose() };
}
