import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { NativeError } from '../errors.js';

/** TensorFlow's numbers for the types that tensors have here. */
export const dtypes = { float32: 1, int32: 3, uint8: 4, bool: 10, bfloat16: 14, resource: 20 } as const;

/** A type's name; TensorFlow's number of one that is not ours. */
export function typeName(dtype: number): string {
  return Object.entries(dtypes).find(([, number]) => number === dtype)?.[0] ?? `type ${dtype}`;
}

/** TensorFlow's numbers for the kinds of attributes. */
export const kinds = { text: 0, integer: 1, float: 2, boolean: 3, type: 4, shape: 5, function: 8 } as const;

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export type Values = Float32Array | Int32Array | Uint8Array;

/** An output of a node in a graph; `shape` is null, or −1 in places, where it depends on values. */
export interface OutputInfo {
  /** TensorFlow's number of the type. */
  readonly dtype: number;
  /** null where it depends on values, or −1 in such a place. */
  readonly shape: number[] | null;
}

/** A state variable, as a recording sees it. */
export interface StateInfo extends OutputInfo {
  /** Whether its value stays the same for ever. */
  readonly constant: boolean;
}

export interface TensorMetadata {
  id: number;
  dtype: number;
  shape: number[];
}

/** tfjs-node's binding as src/native/binding/functions.cc extends it. */
export interface Binding {
  createTensor(shape: readonly number[], dtype: number, values: Values): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Values;
  executeOp(op: string, attributes: readonly Attribute[], ids: number[], outputs: number): TensorMetadata[];
  isUsingGpuDevice(): boolean;
  createGraph(): number;
  deleteGraph(graph: number): void;
  /** The serialised OpDef. */
  describeOperation(op: string): Uint8Array;
  /** Inputs: per argument −1, node, output, or for a list its length and the pairs. Nodes count from 0. */
  addNode(
    graph: number,
    op: string,
    name: string,
    inputs: readonly number[],
    control: readonly number[],
    attributes: readonly Attribute[],
  ): OutputInfo[];
  addConstant(
    graph: number,
    name: string,
    shape: readonly number[],
    dtype: number,
    values: Values,
  ): OutputInfo[];
  /** Returns the function's size in bytes. */
  addFunction(
    graph: number,
    name: string,
    placeholders: readonly number[],
    outputs: readonly number[],
    control: readonly number[],
  ): number;
  removeFunction(name: string): void;
  enableTensorFloat32(enabled: boolean): void;
  /** Whether the operation RoarbookWinograd is there: the processor has its instructions. */
  readonly hasWinograd: boolean;
  /** Whether the operation RoarbookElementwise is there. */
  readonly hasElementwise: boolean;
  /** What Roarbook's own operations compute with, fast in bfloat16 with the first alone; empty where the processor has none. */
  readonly instructions: 'avx512_bf16' | 'avx512' | 'avx2' | '';
}

/** What tfjs-node's backend keeps of a tensor; `values` are those not yet handed to TensorFlow. */
export interface Stored {
  id: number;
  dtype: number;
  shape: number[];
  values: Values | null;
}

/** The parts of tfjs-node's backend that the compiler works with. */
export interface NodeBackend {
  binding: Binding;
  readonly tensorMap: { get(dataId: object): Stored; has(dataId: object): boolean };
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly Attribute[],
    inputs: Tensor[],
    outputs: number,
  ): Tensor[];
  getInputTensorIds(tensors: Tensor[]): number[];
  readSync(dataId: object): Values;
  read(dataId: object): Promise<Values>;
  move(dataId: object, values: Values, shape: number[], dtype: string, references: number): void;
}

/**
 * The active backend, which must be tfjs-node's.
 *
 * @throws {NativeError} If another backend is active.
 */
export function nodeBackend(): NodeBackend {
  const active: unknown = tf.backend();
  if (!isNodeBackend(active)) {
    throw new NativeError(
      `compile: the backend must be TensorFlow's, got '${tf.getBackend()}'; import @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node ${tf.version_core} first, or tf.setBackend('tensorflow')`,
    );
  }
  return active;
}

/** The same, with the functions that Roarbook adds to the binding. */
export function compilingBackend(): NodeBackend {
  const backend = nodeBackend();
  if (typeof backend.binding.addFunction !== 'function') {
    throw new NativeError(
      "compile: TensorFlow's binding must have Roarbook's functions, got the stock one; run `npx roarbook setup`",
    );
  }
  return backend;
}

function isNodeBackend(backend: unknown): backend is NodeBackend {
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'binding' in backend &&
    'tensorMap' in backend &&
    'createOutputTensor' in backend
  );
}

/** The number of the tensor at TensorFlow; hands over values that tfjs still holds. */
export function nativeId(backend: NodeBackend, tensor: Tensor): number {
  const id = backend.getInputTensorIds([tensor])[0];
  if (id === undefined) throw new NativeError('compile: the tensor must be on the backend, got none');
  return id;
}

/** Runs an operation at once and returns the numbers of its outputs. */
export function execute(
  binding: Binding,
  op: string,
  { attributes, ids, outputs }: { attributes: readonly Attribute[]; ids: number[]; outputs: number },
): number[] {
  return binding.executeOp(op, attributes, ids, outputs).map(({ id }) => id);
}

export function typeAttribute(name: string, dtype: number): Attribute {
  return { name, type: kinds.type, value: dtype };
}
