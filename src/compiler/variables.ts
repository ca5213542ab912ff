import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { compilingBackend, dtypes, execute, kinds, nativeId, typeAttribute } from './native.js';
import type { NodeBackend, StateInfo } from './native.js';
import { activeRecorder } from './record.js';
import { variablesInside } from './refusals.js';
import { describe, leaves, mapTree, tensorLeaves } from './tree.js';

/** A handle of this name is counted by its references, so the memory goes with the handle. */
const anonymous = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/** A part of a tree of tensors: what a step returns to change only some of its state. */
export type Updates<S> = S extends Tensor ? S | Tensor : { readonly [K in keyof S]?: Updates<S[K]> };

/** One tensor on the device that compiled functions read and write. */
class Variable {
  readonly info: StateInfo & { readonly shape: number[] };
  readonly #backend: NodeBackend;
  #handle: number | undefined;

  constructor(backend: NodeBackend, tensor: Tensor, { constant = false } = {}) {
    if (activeRecorder()) variablesInside();
    const { dtype } = backend.tensorMap.get(tensor.dataId);
    this.#backend = backend;
    this.info = { dtype, shape: [...tensor.shape], constant };
    const attributes = [
      typeAttribute('dtype', dtype),
      { name: 'shape', type: kinds.shape, value: tensor.shape },
      { name: 'shared_name', type: kinds.text, value: anonymous },
      { name: 'container', type: kinds.text, value: '' },
    ];
    [this.#handle] = execute(backend.binding, 'VarHandleOp', { attributes, ids: [], outputs: 1 });
    this.set(tensor);
  }

  get handle(): number {
    if (this.#handle === undefined) {
      throw new ArgumentError('Variables: they must be alive when they are used, got disposed ones');
    }
    return this.#handle;
  }

  /** Copies a tensor into the variable. A copy, because steps may update a variable in place. */
  set(tensor: Tensor): void {
    if (activeRecorder()) variablesInside();
    const { binding } = this.#backend;
    const { dtype } = this.info;
    const id = nativeId(this.#backend, tensor);
    const copies = execute(binding, 'DeepCopy', {
      attributes: [typeAttribute('T', dtype)],
      ids: [id],
      outputs: 1,
    });
    execute(binding, 'AssignVariableOp', {
      attributes: [typeAttribute('dtype', dtype)],
      ids: [this.handle, ...copies],
      outputs: 0,
    });
    for (const copy of copies) binding.deleteTensor(copy);
  }

  /** The value as a tensor; uint8 as int32. */
  get(): Tensor {
    if (activeRecorder()) variablesInside();
    const { binding } = this.#backend;
    const { dtype } = this.info;
    const [read] = binding.executeOp('ReadVariableOp', [typeAttribute('dtype', dtype)], [this.handle], 1);
    if (!read) throw new ArgumentError('Variables: the variable must have a value, got none');
    if (dtype !== dtypes.uint8) return this.#backend.createOutputTensor(read);
    const attributes = [typeAttribute('SrcT', dtype), typeAttribute('DstT', dtypes.int32)];
    const [wide = read] = binding.executeOp('Cast', attributes, [read.id], 1);
    binding.deleteTensor(read.id);
    return this.#backend.createOutputTensor(wide);
  }

  dispose(): void {
    if (this.#handle !== undefined) this.#backend.binding.deleteTensor(this.#handle);
    this.#handle = undefined;
  }
}

/**
 * Tensors that live on the device between the calls of compiled functions, which can share them.
 *
 * They are no tfjs tensors: tf.tidy does not free them, tf.memory() does not count them. The owner disposes them.
 */
export class Variables<S extends object> {
  readonly #tree: unknown;
  readonly #variables: ReadonlyMap<string, Variable>;

  private constructor(tree: unknown) {
    this.#tree = tree;
    this.#variables = new Map(
      [...leaves(tree)].flatMap(([path, leaf]) => (leaf instanceof Variable ? [[path, leaf] as const] : [])),
    );
  }

  /** Of a tree whose leaves are tensors, which are copied, and Variables, which are shared. */
  static from<S extends object>(
    tree: unknown,
    { constant = false } = {},
  ): { all: Variables<S>; own: Variables<object> } {
    const backend = compilingBackend();
    const own: Record<string, Variable> = {};
    const copied = (leaf: unknown, path: string) => {
      if (leaf instanceof Variables) return leaf.#tree;
      if (!(leaf instanceof tf.Tensor)) {
        throw new ArgumentError(
          `compile: the state must hold tensors, got ${describe(leaf)} at '${path}'; make it a tensor`,
        );
      }
      if (leaf.isDisposed)
        throw new ArgumentError(
          `compile: the state must hold tensors that are alive, got a disposed one at '${path}'; make it anew`,
        );
      return (own[path] = new Variable(backend, leaf, { constant }));
    };
    try {
      const all = new Variables<S>(mapTree(tree, copied));
      return { all, own: new Variables<object>(own) };
    } catch (error) {
      for (const variable of Object.values(own)) variable.dispose();
      throw error;
    }
  }

  /** The paths of the variables: `params/conv1.weight`. */
  get names(): readonly string[] {
    return [...this.#variables.keys()];
  }

  /** The tree of variables itself, for the compiler. */
  get tree(): unknown {
    return this.#tree;
  }

  /** Type and shape by path, for the compiler. */
  get info(): Map<string, StateInfo> {
    return new Map([...this.#variables].map(([path, variable]) => [path, variable.info]));
  }

  /** TensorFlow's handles in the order of `names`, for the compiler. */
  get handles(): number[] {
    return [...this.#variables.values()].map((variable) => variable.handle);
  }

  /** The values as tensors, which the caller disposes. uint8 comes back as int32. */
  get(): S {
    // The tree was built from one of type S, with a variable for each tensor.
    return mapTree(this.#tree, (leaf) => (leaf instanceof Variable ? leaf.get() : leaf)) as S;
  }

  /**
   * Copies tensors into the variables. What is left out stays.
   *
   * @throws {ArgumentError} If a name is unknown, is a constant's, or type or shape differ; nothing is changed then.
   */
  set(values: Updates<S>): void {
    const variables = this.#variables;
    const backend = compilingBackend();
    const changes = [...tensorLeaves(values, 'the new state')].map(([path, tensor]) => {
      const variable = variables.get(path);
      const shape = variable?.info.shape.join(', ');
      const { dtype } = backend.tensorMap.get(tensor.dataId);
      if (!variable || variable.info.dtype !== dtype || shape !== tensor.shape.join(', ')) {
        throw new ArgumentError(
          `Variables.set: '${path}' must be ${variable ? `of its type and shape [${shape}]` : `one of ${[...variables.keys()].slice(0, 5).join(', ')} …`}, got ${describe(tensor)}`,
        );
      }
      if (variable.info.constant) {
        throw new ArgumentError(
          `Variables.set: '${path}' must be a variable, got a constant; make it with variables()`,
        );
      }
      return { variable, tensor };
    });
    for (const { variable, tensor } of changes) variable.set(tensor);
  }

  /** Frees all of them on the device, shared ones too; steps that use them throw from then on. */
  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
  }
}

/**
 * Puts tensors on the device, where compiled functions share them: `compile(fn, {state: weights})`.
 *
 * @param tensors - Tensors by name, nested as deep as wanted; copied, so the caller still disposes them.
 */
export function variables<S extends object>(tensors: S): Variables<S> {
  return Variables.from<S>(tensors).all;
}

/**
 * Puts tensors on the device that stay as they are: the weights of a network that is attacked or explained.
 *
 * As `variables`, but `set` and steps refuse to change them. In return TensorFlow lays out a convolution's filter that is one of
 * them once, and not at each call: for few images that is half of the time. Results may then differ from eager ones by
 * rounding, because oneDNN adds up in another order.
 *
 * @param tensors - As in `variables`.
 */
export function constants<S extends object>(tensors: S): Variables<S> {
  return Variables.from<S>(tensors, { constant: true }).all;
}

/**
 * A tensor that is stored as bytes, a quarter of float32: a data set that lives on the device.
 *
 * tfjs has no such type. Only `variables`, `compile` and their inputs take it; there it reads as int32 in 0…255.
 *
 * @param values - As many as the shape has entries; copied.
 */
export function bytes(values: Uint8Array, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  if (values.length !== size) {
    throw new ArgumentError(
      `bytes: [${shape.join(', ')}] must hold as many values as given, got ${values.length}`,
    );
  }
  const backend = compilingBackend();
  const id = backend.binding.createTensor(shape, dtypes.uint8, values);
  return backend.createOutputTensor({ id, dtype: dtypes.uint8, shape: [...shape] });
}
