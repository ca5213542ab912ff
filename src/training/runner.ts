import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile } from '../compiler/index.js';
import type { Precision } from '../compiler/precision.js';
import type { Tensors } from '../models/model.js';
import type { Step, StepInputs, StepOutputs, TrainState } from './step.js';

/** Carries a training's state through its steps. */
export interface Runner {
  /** Takes one step; the caller keeps the inputs and disposes the outputs. */
  run(inputs: StepInputs): Promise<StepOutputs>;
  /** A copy of the state as it is now, which the caller disposes. */
  state(): TrainState;
  /** Frees the state. */
  dispose(): void;
}

/** Runs a step operation by operation. It owns `initial` from here on. */
export function eagerRunner(step: Step, initial: TrainState): Runner {
  let state = initial;
  return {
    async run(inputs) {
      const next = tf.tidy(() => step(state, inputs));
      const remaining = new Set(tensorsOf(next.state));
      tf.dispose(tensorsOf(state).filter((tensor) => !remaining.has(tensor)));
      state = next.state;
      return next.outputs;
    },
    state: () => copyState(state),
    dispose: () => disposeState(state),
  };
}

/** Runs a step as one TensorFlow function on state that stays on the device. It owns `initial` from here on. */
export function compiledRunner(
  step: Step,
  initial: TrainState,
  { precision }: { precision?: Precision } = {},
): Runner {
  const compiled = compile(step, { state: initial, ...(precision && { precision }) });
  disposeState(initial);
  return {
    run: (inputs) => compiled(inputs),
    state: () => compiled.state.get(),
    dispose: () => compiled.dispose(),
  };
}

/** Frees every tensor of a state. */
export function disposeState(state: TrainState): void {
  tf.dispose(tensorsOf(state));
}

/** A state of tensors that share the given ones' memory and are freed on their own. */
export function copyState({ params, buffers, momentum, fixed }: TrainState): TrainState {
  const copy = (tensors: Tensors): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
  return { params: copy(params), buffers: copy(buffers), momentum: copy(momentum), fixed: copy(fixed) };
}

function tensorsOf({ params, buffers, momentum, fixed }: TrainState): Tensor[] {
  return [params, buffers, momentum, fixed].flatMap((tensors) => Object.values(tensors));
}
