import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { activeRecorder, recordInto } from './record.js';
import { describe, mapTree, tensorLeaves } from './tree.js';

/** The same names with any tensors. */
export type Like<T> = T extends Tensor ? Tensor : { readonly [K in keyof T]: Like<T[K]> };

/**
 * Applies a function to its own result again and again: the steps of an attack.
 *
 * In a compiled function this is one loop, whose graph does not grow with `times`. Eagerly, and inside a gradient (through which
 * a loop of TensorFlow's has none here), the steps follow one another.
 *
 * @param times - How often, ≥ 0.
 * @param initial - Tensors by name; they stay the caller's.
 * @param body - Pure; returns the same names, types and shapes.
 * @returns The last result, which the caller disposes.
 * @throws {ArgumentError} If the body changes a name, a type or a shape.
 */
export function repeat<T extends object>(
  times: number,
  initial: T,
  body: (current: Like<T>) => Like<T>,
): Like<T> {
  if (!Number.isSafeInteger(times) || times < 0) {
    throw new ArgumentError(`repeat: times must be an integer ≥ 0, got ${times}`);
  }
  const recorder = activeRecorder();
  const differentiated = tf.engine().state.gradientDepth > 0;
  if (!recorder || differentiated || times < 2) return unrolled(times, initial, body);
  const tensors = tensorLeaves(initial, "repeat's initial value");
  const inner = recorder.body();
  try {
    const results = tf.tidy(() => {
      const order = [...tensors.keys()];
      const recorded = recordInto(inner, () => {
        const current = mapTree(initial, (_, path) => {
          const tensor = tensors.get(path);
          return tensor && inner.source('input', order.indexOf(path), recorder.infoOf(tensor));
        });
        // The tree was built from `initial`, with a tensor for each tensor.
        return body(current as Like<T>);
      });
      const last = order.map((path) => same(path, { result: recorded, initial: tensors }));
      return recorder.loop(times, [...tensors.values()], { body: inner, results: last });
    });
    const named = new Map([...tensors.keys()].map((path, i) => [path, results[i]]));
    return mapTree(initial, (_, path) => named.get(path)) as Like<T>;
  } finally {
    inner.dispose();
  }
}

function unrolled<T>(times: number, initial: T, body: (current: Like<T>) => Like<T>): Like<T> {
  const first = tensorLeaves(initial, "repeat's initial value");
  // tf.tidy takes records of tensors, which T is.
  let current = mapTree(initial, (leaf) => tf.clone(leaf as Tensor)) as Like<T>;
  for (let i = 0; i < times; i++) {
    const next = tf.tidy(() => {
      const result = body(current);
      return mapTree(initial, (_, path) => tf.clone(same(path, { result, initial: first }))) as never;
    }) as Like<T>;
    if (tf.engine().state.gradientDepth === 0) tf.dispose([...tensorLeaves(current, 'a step').values()]);
    current = next;
  }
  return current;
}

/** The result's tensor of this path, which must be as the initial one. */
function same(path: string, { result, initial }: { result: unknown; initial: Map<string, Tensor> }): Tensor {
  const tensor = tensorLeaves(result, "repeat's result").get(path);
  const first = initial.get(path);
  if (tensor && first && tensor.dtype === first.dtype && tensor.shape.join() === first.shape.join())
    return tensor;
  throw new ArgumentError(
    `repeat: the body must keep the type and shape of '${path}', ${describe(first)}, got ${describe(tensor)}`,
  );
}
