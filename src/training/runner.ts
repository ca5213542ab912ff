import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { compile, variables, type Fed, type Precision, type Variables } from '../compiler/index.js';
import type { Dataset } from '../data/dataset.js';
import { deviceBatch, deviceDataset, takeBatch } from '../data/deviceDataset.js';
import type { DeviceBatch, DeviceDataset } from '../data/deviceDataset.js';
import type { Model, ModelState, Tensors } from '../models/model.js';
import { hostBatch } from './feed.js';
import type { Step, StepFeed, StepOutputs, TrainState } from './step.js';

/** Carries a training's state through its steps. */
export interface Runner {
  /** Takes one step; the caller keeps the draws and disposes the outputs. */
  run(feed: StepFeed): Promise<StepOutputs>;
  /** Counts the images of a data set that the network classifies correctly as it is now, in evaluation mode. */
  validation(model: Model, dataset: Dataset): Validation;
  /** A copy of the state as it is now, which the caller disposes. */
  state(): TrainState;
  /** Frees the state. */
  dispose(): void;
}

export interface Validation {
  /** How many of these images are classified correctly; the caller disposes it. */
  correct(indices: Int32Array): Scalar;
  dispose(): void;
}

/** Runs a step operation by operation on batches that JavaScript gathers. It owns `initial` from here on. */
export function eagerRunner(step: Step, initial: TrainState, { dataset }: { dataset: Dataset }): Runner {
  let state = initial;
  return {
    async run({ batch, learningRate, draws }) {
      const next = tf.tidy(() => {
        const inputs = { ...hostBatch(dataset, batch), learningRate: tf.scalar(learningRate), draws };
        return step(state, inputs);
      });
      const remaining = new Set(tensorsOf(next.state));
      tf.dispose(tensorsOf(state).filter((tensor) => !remaining.has(tensor)));
      state = next.state;
      return next.outputs;
    },
    validation: (model, held) => ({
      correct: (indices) => tf.tidy(() => hits(model, state, hostBatch(held, { indices }))),
      dispose: () => {},
    }),
    state: () => copyState(state),
    dispose: () => disposeState(state),
  };
}

/**
 * Runs a step as one TensorFlow function on a state and a data set that stay on the device. It owns `initial` from here
 * on.
 */
export function compiledRunner(
  step: Step,
  initial: TrainState,
  { dataset, precision }: { dataset: Dataset; precision?: Precision },
): Runner {
  const train = variables(initial);
  disposeState(initial);
  const data = onDevice(dataset);
  const compiled = compile(
    ({ train, data }, { batch, learningRate, draws }: DeviceFeed) => {
      const { state, outputs } = step(train, { ...takeBatch(data, batch), learningRate, draws });
      return { state: { train: state }, outputs };
    },
    { state: { train, data }, ...(precision && { precision }) },
  );
  return {
    // Runs before it returns.
    run: ({ batch, learningRate, draws }) =>
      compiled({ batch: deviceBatch(batch), learningRate, draws } as Fed<DeviceFeed>),
    validation(model, held) {
      const data = onDevice(held);
      const count = compile(
        ({ train, data }, batch: DeviceBatch) => ({
          outputs: { correct: hits(model, train, takeBatch(data, batch)) },
        }),
        { state: { train, data } },
      );
      return {
        correct: (indices) => count.run({ indices }).correct,
        dispose() {
          count.dispose();
          data.dispose();
        },
      };
    },
    state: () => train.get(),
    dispose() {
      compiled.dispose();
      data.dispose();
      train.dispose();
    },
  };
}

/** What the compiled step is fed. (A type, not an interface, so that it is a record.) */
type DeviceFeed = {
  readonly batch: DeviceBatch;
  readonly learningRate: Scalar;
  readonly draws: Tensors;
};

function onDevice(dataset: Dataset): Variables<DeviceDataset> {
  const tensors = deviceDataset(dataset);
  const data = variables(tensors);
  tf.dispose(tensors);
  return data;
}

/** How many images are classified correctly in evaluation mode. Pure. */
function hits(
  model: Model,
  state: ModelState,
  { images, labels }: { images: Tensor4D; labels: Tensor1D },
): Scalar {
  const { logits } = model.apply(state, images);
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32'));
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
