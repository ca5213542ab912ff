import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { NativeError } from '../errors.js';

/** The part of tfjs-node's backend that runs a TensorFlow operation by name. */
interface TensorFlowBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_FLOAT', number>
  >;
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: Tensor[], outputs: number): Tensor[];
}

interface Attribute {
  name: string;
  type: number;
  value: number | boolean | string;
}

export interface OperationOptions {
  /** Names of the attributes that hold the element type, which is float32 throughout. */
  types: readonly string[];
  /** The other attributes; numbers are floats. */
  attributes?: Readonly<Record<string, number | boolean | string>>;
  /** How many tensors the operation returns; default 1. */
  outputs?: number;
}

/**
 * Runs one TensorFlow operation that tfjs has no function for; it has no gradient unless the caller gives it one.
 *
 * @throws {NativeError} If the active tfjs backend is not TensorFlow.
 */
export function operation(name: string, inputs: Tensor[], options: OperationOptions): Tensor[] {
  const { types, attributes = {}, outputs = 1 } = options;
  const backend = tensorFlow(name);
  const { binding } = backend;
  const typed = types.map((type) => ({ name: type, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }));
  const valued = Object.entries(attributes).map(([key, value]) => {
    if (typeof value === 'boolean') return { name: key, type: binding.TF_ATTR_BOOL, value };
    if (typeof value === 'number') return { name: key, type: binding.TF_ATTR_FLOAT, value };
    return { name: key, type: binding.TF_ATTR_STRING, value };
  });
  return backend.executeMultipleOutputs(name, [...typed, ...valued], inputs, outputs);
}

function tensorFlow(name: string): TensorFlowBackend {
  const backend: object = tf.backend();
  if (!('executeMultipleOutputs' in backend) || !('binding' in backend)) {
    throw new NativeError(
      `${name}: tfjs must run on TensorFlow, got its backend '${tf.getBackend()}'; import roarbook before using tfjs`,
    );
  }
  // tfjs types its backend without the native methods, which were just found to be there.
  return backend as TensorFlowBackend;
}
