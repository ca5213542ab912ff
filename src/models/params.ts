import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import type { Random } from '../random.js';
import type { ModelState, Tensors } from './model.js';

/** A tensor that a layer asks for: its name in PyTorch, its shape here and how it starts. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: Start;
}

/**
 * 'he': normal with variance 2 / (outputs · kernel area), PyTorch's `kaiming_normal_(mode='fan_out')` as torchvision's
 * ResNets use it. 'dense': uniform within ±1/√inputs, PyTorch's default for `nn.Linear`.
 */
export type Start = { kind: 'he' } | { kind: 'dense'; inputs: number } | { kind: 'constant'; value: number };

/** What a network's state consists of. */
export interface StateSpec {
  readonly params: readonly TensorSpec[];
  readonly buffers: readonly TensorSpec[];
}

/** A fresh state; each tensor draws from a stream of its own name, so that no layer changes another's start. */
export function initialise({ params, buffers }: StateSpec, random: Random): ModelState {
  const all = (specs: readonly TensorSpec[]): Tensors =>
    Object.fromEntries(specs.map((spec) => [spec.name, start(spec, random.fork(spec.name))]));
  return { params: all(params), buffers: all(buffers) };
}

/**
 * Compares tensors with what a network asks for.
 *
 * @param name - The network, for messages.
 * @throws {ArgumentError} If a tensor is missing, left over or of another shape.
 */
export function checkTensors(name: string, specs: readonly TensorSpec[], tensors: Tensors): void {
  const names = new Set(specs.map((spec) => spec.name));
  const extra = Object.keys(tensors).find((key) => !names.has(key));
  if (extra !== undefined) throw new ArgumentError(`${name}: the network has no tensor '${extra}'`);
  for (const { name: key, shape } of specs) {
    const got = tensors[key]?.shape;
    if (got?.join() !== shape.join()) {
      throw new ArgumentError(
        `${name}: '${key}' must be [${shape.join(', ')}], got ${got ? `[${got.join(', ')}]` : 'none'}`,
      );
    }
  }
}

/** Frees every tensor of a state. */
export function disposeState({ params, buffers }: ModelState): void {
  for (const tensor of [...Object.values(params), ...Object.values(buffers)]) tensor.dispose();
}

function start({ shape, start }: TensorSpec, random: Random): Tensor {
  const values = new Float32Array(size(shape));
  fill(values, shape, start, random);
  return tf.tensor(values, [...shape]);
}

function fill(values: Float32Array, shape: readonly number[], start: Start, random: Random): void {
  if (start.kind === 'constant') {
    values.fill(start.value);
  } else if (start.kind === 'dense') {
    const bound = 1 / Math.sqrt(start.inputs);
    for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.uniform() - 1);
  } else {
    const [height = 1, width = 1, , outputs = 1] = shape;
    const deviation = Math.sqrt(2 / (height * width * outputs));
    for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
  }
}

/** How many numbers a tensor of this shape holds. */
export function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
