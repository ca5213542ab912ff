import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { build } from './build.js';
import { removeFunction, type NativeFunction } from './emit.js';
import { explain } from './explain.js';
import { compilingBackend, dtypes, nativeId, type NodeBackend, type OutputInfo } from './native.js';
import { call } from './nativeGraph.js';
import { chosenPrecision, type Precision } from './precision.js';
import { activeRecorder, record } from './record.js';
import { disposedInput, listedInput, unknownInput } from './refusals.js';
import { describe, isTensor, leaves, mapTree, numberList } from './tree.js';
import { Variables, type Updates } from './variables.js';
import { caller, fail } from './where.js';

/** What a step function sees of a state: the tensors in the places of the variables. */
export type StateOf<T> =
  T extends Variables<infer S> ? S : T extends Tensor ? T : { readonly [K in keyof T]: StateOf<T[K]> };

/** What a step is called with: tensors, or in their place flat arrays (one-dimensional) and numbers (scalars). */
export type Fed<I> = I extends Tensor
  ? I | Float32Array | Int32Array | Uint8Array | number
  : { readonly [K in keyof I]: Fed<I[K]> };

/** What a step function returns. */
export interface StepResult<S, O> {
  /** New values; what is left out, or returned as it came, stays. */
  readonly state?: Updates<S>;
  /** What a call of the step returns: tensors by name, nested as deep as wanted. */
  readonly outputs?: O;
}

/** What a step starts from, and the precision it runs in. */
export interface CompileOptions<T, I> {
  /** Tensors by name, nested as deep as wanted, copied into variables of the step's own; or `Variables`, which are shared; or a tree of both. */
  readonly state?: T;
  /** An example of the inputs: records at once, and not at the first call. */
  readonly inputs?: Fed<I>;
  /** Default 'float32'. */
  readonly precision?: Precision;
}

/** A compiled function. Each shape of inputs is recorded once and kept. */
export interface Step<S extends object, I, O> {
  /** Runs the step; the outputs are the caller's to dispose. */
  (inputs?: Fed<I>): Promise<O>;
  /** The same at once. */
  run(inputs?: Fed<I>): O;
  /** All variables of the step, its own and shared ones. */
  readonly state: Variables<S>;
  /** The precision it runs in; 'float32' where the processor lacks the one that was asked for. */
  readonly precision: Precision;
  /** The recorded graphs, one for each shape of inputs. */
  readonly graphs: readonly Pick<NativeFunction, 'operations' | 'bytes'>[];
  /** Frees the graphs and the step's own variables; shared ones stay. */
  dispose(): void;
}

/**
 * Makes an ordinary tfjs function one TensorFlow function, whose state stays on the device between calls.
 *
 * @param fn - Pure: `(state, inputs) → {state, outputs}`. It is called only to be recorded, twice for each shape of the inputs, on
 *   tensors without values; gradients (tf.grad and the like) are taken inside it.
 * @throws {ArgumentError} If `fn` does what a recording would freeze: reads values, draws random numbers in JavaScript, uses
 *   tensors that are neither state nor input, differs from one call to the next.
 * @throws {NativeError} If the backend is not tfjs-node's, or its binding lacks Roarbook's functions.
 */
export function compile<T extends object, I extends object, O extends object>(
  fn: (state: NoInfer<StateOf<T>>, inputs: I) => StepResult<NoInfer<StateOf<T>>, O>,
  options: CompileOptions<T, I> = {},
): Step<StateOf<T> & object, I, O> {
  if (typeof fn !== 'function')
    throw new ArgumentError(
      `compile: it must be given a function (state, inputs) → {state, outputs}, got ${describe(fn)}`,
    );
  checkNames(options);
  const { state, inputs, precision = 'float32' } = options;
  const program = new Program(fn, state ?? {}, precision);
  if (inputs !== undefined) program.prepare(inputs);
  // `fn` returns outputs of type O, and the tree of results has the same names.
  const run = (fed: unknown = {}) => program.run(fed) as O;
  // Runs before it returns, so the caller may dispose the inputs at once; an error becomes a rejection.
  const step = async (fed: unknown = {}) => run(fed);
  const compiled = Object.assign(step, {
    run,
    state: program.state as Variables<StateOf<T> & object>,
    precision: program.precision,
    graphs: program.graphs,
    dispose: () => program.dispose(),
  });
  return Object.defineProperty(compiled, 'graphs', { get: () => program.graphs });
}

/** A misspelt name would leave its value unused without a word. */
function checkNames(options: object): void {
  checkOptions('compile', options);
  const unknown = Object.keys(options).find((name) => !['state', 'inputs', 'precision'].includes(name));
  if (unknown !== undefined)
    throw new ArgumentError(`compile: options must be state, inputs and precision, got '${unknown}'`);
}

interface Compiled {
  readonly native: NativeFunction;
  /** The tree of outputs with their numbers as leaves. */
  readonly outputs: unknown;
}

class Program {
  readonly state: Variables<object>;
  readonly precision: Precision;
  readonly #fn: (state: never, inputs: never) => { state?: unknown; outputs?: unknown };
  readonly #own: Variables<object>;
  readonly #backend: NodeBackend;
  readonly #compiled = new Map<string, Compiled>();
  /** Where the function was handed over. */
  readonly #line = caller().line;
  #disposed = false;

  constructor(
    fn: (state: never, inputs: never) => { state?: unknown; outputs?: unknown },
    state: object,
    precision: Precision,
  ) {
    this.#backend = compilingBackend();
    this.#fn = fn;
    this.precision = chosenPrecision(precision, { gpu: this.#backend.binding.isUsingGpuDevice() });
    const { all, own } = Variables.from(state);
    this.state = all;
    this.#own = own;
  }

  get graphs() {
    return [...this.#compiled.values()].map(({ native: { operations, bytes } }) => ({ operations, bytes }));
  }

  /** Records one set of shapes; what is refused leaves nothing behind, for the caller gets no step to dispose. */
  prepare(inputs: unknown): void {
    try {
      this.#withTensors(inputs, (tree, tensors) => this.#lookUp(tree, tensors));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  run(inputs: unknown): unknown {
    if (this.#disposed)
      throw new ArgumentError('compile: the step must be alive when it is called, got a disposed one');
    if (activeRecorder()) {
      fail('a step must not be called while another is recorded, got such a call', 'call the plain function');
    }
    if (tf.engine().isTapeOn()) {
      fail(
        'a step must not be called inside a gradient, got such a call',
        'take the gradient inside the step',
      );
    }
    compilingBackend();
    return this.#withTensors(inputs, (tree, tensors) => {
      const { native, outputs } = this.#lookUp(tree, tensors);
      const results = this.#execute(native, [...tensors.values()]);
      return mapTree(outputs, (leaf) => (typeof leaf === 'number' ? results[leaf] : leaf));
    });
  }

  dispose(): void {
    for (const { native } of this.#compiled.values()) removeFunction(this.#backend.binding, native);
    this.#compiled.clear();
    this.#own.dispose();
    this.#disposed = true;
  }

  /** Hands on the inputs as tensors, and disposes those that it made. */
  #withTensors<R>(inputs: unknown, use: (tree: unknown, tensors: Map<string, Tensor>) => R): R {
    const made: Tensor[] = [];
    const tensors = new Map<string, Tensor>();
    const list = numberList(inputs);
    if (list !== undefined) listedInput(list);
    try {
      for (const [path, leaf] of leaves(inputs)) {
        const tensor = isTensor(leaf) ? leaf : this.#feed(leaf, path);
        if (tensor !== leaf) made.push(tensor);
        if (tensor.isDisposed) disposedInput(path);
        tensors.set(path, tensor);
      }
      return use(inputs, tensors);
    } finally {
      tf.dispose(made);
    }
  }

  #feed(leaf: unknown, path: string): Tensor {
    const { binding } = this.#backend;
    const fed = typeof leaf === 'number' ? Float32Array.of(leaf) : leaf;
    const dtype =
      fed instanceof Float32Array
        ? dtypes.float32
        : fed instanceof Int32Array
          ? dtypes.int32
          : fed instanceof Uint8Array
            ? dtypes.uint8
            : undefined;
    if (dtype === undefined) unknownInput(leaf, path);
    const values = fed as Float32Array | Int32Array | Uint8Array;
    const shape = typeof leaf === 'number' ? [] : [values.length];
    return this.#backend.createOutputTensor({ id: binding.createTensor(shape, dtype, values), dtype, shape });
  }

  #lookUp(inputs: unknown, tensors: Map<string, Tensor>): Compiled {
    const inputInfo = new Map<string, OutputInfo>();
    for (const [path, tensor] of tensors) {
      const { dtype } = this.#backend.tensorMap.get(tensor.dataId);
      inputInfo.set(path, { dtype, shape: tensor.shape });
    }
    const key = [...inputInfo].map(([path, { dtype, shape }]) => `${path}:${dtype}[${shape?.join()}]`).join();
    const found = this.#compiled.get(key);
    if (found) return found;
    const { graph, outputs } = record(this.#backend, this.#fn, {
      state: this.state.tree,
      inputs,
      stateInfo: this.state.info,
      inputInfo,
      line: this.#line,
    });
    const { handles } = this.state;
    const native = build(this.#backend.binding, graph, { handles, precision: this.precision });
    const compiled = { native, outputs };
    this.#compiled.set(key, compiled);
    return compiled;
  }

  #execute(native: NativeFunction, inputs: Tensor[]): Tensor[] {
    const { binding } = this.#backend;
    const handles = this.state.handles;
    const ids = [
      ...native.state.map((index) => handles[index] ?? -1),
      ...native.inputs.map((index) => {
        const tensor = inputs[index];
        return tensor ? nativeId(this.#backend, tensor) : -1;
      }),
      ...native.constants,
    ];
    binding.enableTensorFloat32(this.precision === 'tf32');
    try {
      return call(binding, native, ids).map((metadata) => this.#backend.createOutputTensor(metadata));
    } catch (cause) {
      throw explain(cause, inputs);
    }
  }
}
