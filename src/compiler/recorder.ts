import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { isUniform, largestStored, type Graph, type Node, type Source, type Value } from './graph.js';
import { dtypes, typeAttribute, type Attribute, type Binding, type NodeBackend } from './native.js';
import type { OutputInfo, Stored, TensorMetadata, Values } from './native.js';
import { NodeWriter } from './nodeWriter.js';
import { operation } from './opdef.js';
import { withReplaced } from './passes/replacement.js';
import { group, inferredTypes } from './signature.js';
import { softmaxParts } from './softmax.js';
import { widened } from './storedTypes.js';
import { dead, dependsOnValues, escapes, hasEffects, notNumeric, undeclared } from './refusals.js';

export interface RecorderOptions {
  /** A recording of the same function; any difference from it is an error. */
  earlier?: Recorder;
  /** The recording around this one. */
  parent?: Recorder;
}

/**
 * Records what tfjs asks of TensorFlow as a graph, and answers with tensors that have a shape and a type but no values.
 *
 * Their numbers are below −1, where tfjs deletes nothing, and the stock binding knows none.
 */
export class Recorder {
  /** What the body of a loop uses of the recording around it. */
  readonly captured: Value[] = [];
  readonly #replaced = new Map<number, Value>();
  readonly #symbols: { owner: Recorder; value: Value }[];
  readonly #created: WeakSet<object>;
  readonly #own: WeakSet<Tensor>;
  readonly #writer: NodeWriter;
  readonly #born = new WeakMap<object, number>();
  readonly #backend: NodeBackend;
  readonly #binding: Binding;
  readonly #parent: Recorder | undefined;

  constructor(backend: NodeBackend, { earlier, parent }: RecorderOptions = {}) {
    this.#backend = backend;
    // While a body is recorded, the backend's own binding is out of reach.
    this.#binding = parent ? parent.#binding : backend.binding;
    this.#writer = new NodeWriter(this.#binding, earlier ? earlier.#writer : undefined);
    this.#parent = parent;
    this.#symbols = parent ? parent.#symbols : [];
    this.#created = parent ? parent.#created : new WeakSet();
    this.#own = parent ? parent.#own : new WeakSet();
  }

  get nodes(): readonly Node[] {
    return this.#writer.nodes;
  }

  /** A recording within this one: the body of a loop. */
  body(): Recorder {
    return new Recorder(this.#backend, { parent: this });
  }

  dispose(): void {
    this.#writer.dispose();
  }

  /** A tensor that stands for the n-th input or state variable. */
  source(kind: Source['kind'], index: number, info: OutputInfo & { constant?: boolean }): Tensor {
    return this.#backend.createOutputTensor(this.#metadata(this.#writer.source(kind, index, info)));
  }

  /**
   * Where in the graph a tensor comes from.
   *
   * @param place - For errors about a tensor that was returned: ` in the result …`.
   */
  valueOf(tensor: Tensor, place?: string): Value {
    return this.#symbol(this.id(tensor, place), tensor);
  }

  /** The same value in a type that tfjs can read: bytes become int32. */
  readable(value: Value): Value {
    return this.dtypeOf(value) === dtypes.uint8 ? this.#cast(value) : value;
  }

  dtypeOf(value: Value): number {
    return this.#info(value).dtype;
  }

  infoOf(tensor: Tensor): OutputInfo {
    return this.#info(this.valueOf(tensor));
  }

  graph(outputs: readonly Value[], updates: ReadonlyMap<number, Value>): Graph {
    return withReplaced({ nodes: this.nodes, outputs, updates }, this.#replaced);
  }

  /** Puts another tensor's value, up to rounding the same, in the place of an operation's first result. */
  replace(old: Tensor, by: Tensor): void {
    const { node, output } = this.valueOf(old);
    if (output === 0 && this.nodes[node]?.kind === 'operation') this.#replaced.set(node, this.valueOf(by));
  }

  /** Notes that the values of `dataId` were made during the recording. */
  born(dataId: object): void {
    this.#created.add(dataId);
  }

  /** Notes that a tensor was made during the recording. */
  track(tensor: Tensor): void {
    this.#own.add(tensor);
  }

  /** Whether a tensor was made during the recording. */
  owns(tensor: Tensor): boolean {
    return this.#own.has(tensor);
  }

  /** The number of a tensor, in place of the backend's getInputTensorIds. */
  id(tensor: Tensor, place?: string): number {
    if ('valueArray' in tensor) {
      // tfjs-node's Int64Scalar, which is no tensor: two 32-bit halves.
      return this.#constant([], 9, tensor.valueArray as Int32Array);
    }
    if (tensor.isDisposed) dead(tensor, { own: this.owns(tensor), place });
    const stored = this.#backend.tensorMap.get(tensor.dataId);
    if (stored.values === null && this.#symbols[-2 - stored.id]) return stored.id;
    if (!stored.values || !this.#created.has(tensor.dataId)) undeclared(tensor, place);
    if (!ArrayBuffer.isView(stored.values)) {
      notNumeric(tensor);
    }
    const id = this.#born.get(tensor.dataId) ?? this.#constant(stored.shape, stored.dtype, stored.values);
    this.#born.set(tensor.dataId, id);
    return id;
  }

  /** Values that are known while recording, because the function itself wrote them; undefined for all others. */
  known(dataId: object): Values | undefined {
    const stored: Stored = this.#backend.tensorMap.get(dataId);
    return this.#created.has(dataId) ? (stored.values ?? undefined) : undefined;
  }

  /** Records a loop over a body that was recorded from `initial`, whose shapes it keeps. */
  loop(
    times: number,
    initial: readonly Tensor[],
    { body, results }: { body: Recorder; results: readonly Tensor[] },
  ): Tensor[] {
    const graph = body.graph(
      results.map((tensor) => body.valueOf(tensor)),
      new Map(),
    );
    const carried = initial.map((tensor) => this.valueOf(tensor));
    const node = this.#writer.loop(
      { times, carried, captured: body.captured },
      { body: graph, written: body.#writer },
    );
    return carried.map((_, output) => this.#backend.createOutputTensor(this.#metadata({ node, output })));
  }

  /** Records an operation, in place of the binding's executeOp. */
  execute(op: string, attributes: readonly Attribute[], ids: readonly number[]): TensorMetadata[] {
    if (op === 'Softmax' && !this.#binding.isUsingGpuDevice()) return this.#softmax(attributes, ids);
    const definition = operation(this.#binding, op);
    if (definition.stateful) {
      hasEffects(op);
    }
    const fitting = attributes.filter(({ name }) => definition.attributes.has(name));
    const symbols = ids.map((id) => this.#symbol(id));
    const values = widened(op, symbols, {
      dtypeOf: (value) => this.dtypeOf(value),
      cast: (value) => this.#cast(value),
    });
    const inputs = group(values, definition.inputs, fitting);
    const typed = inferredTypes(fitting, {
      takes: definition.inputs,
      inputs,
      dtype: (of) => this.dtypeOf(of),
    });
    const node = this.#writer.operation({ op, inputs, attributes: typed });
    return (this.nodes[node]?.outputs ?? []).map((_, output) => this.#metadata({ node, output }));
  }

  #softmax(attributes: readonly Attribute[], ids: readonly number[]): TensorMetadata[] {
    const [logits = 0] = ids;
    const rank = this.#info(this.#symbol(logits)).shape?.length ?? 0;
    const axis = this.#constant([1], dtypes.int32, Int32Array.of(rank - 1));
    return softmaxParts(logits, axis, (op, inputs, further) =>
      this.execute(op, [...attributes, ...further], inputs),
    );
  }

  #cast(value: Value): Value {
    const attributes = [typeAttribute('SrcT', dtypes.uint8), typeAttribute('DstT', dtypes.int32)];
    const id = this.#number(value);
    return this.#symbol(this.execute('Cast', attributes, [id])[0]?.id ?? 0);
  }

  #constant(shape: readonly number[], dtype: number, values: Values): number {
    if (this.#parent && values.byteLength > largestStored && !isUniform(values)) {
      return this.#number(this.#capture(this.#parent.#symbol(this.#parent.#constant(shape, dtype, values))));
    }
    return this.#number(this.#writer.constant(shape, dtype, values));
  }

  #symbol(id: number, tensor?: Tensor): Value {
    const symbol = this.#symbols[-2 - id];
    if (!symbol) undeclared(tensor);
    if (symbol.owner === this) return symbol.value;
    if (!this.#parent) {
      escapes();
    }
    return this.#capture(this.#parent.#symbol(id, tensor));
  }

  /** A value of the recording around this one, as an input of this one. */
  #capture(outer: Value): Value {
    const found = this.captured.findIndex(
      ({ node, output }) => node === outer.node && output === outer.output,
    );
    const index = found < 0 ? this.captured.push(outer) - 1 : found;
    const around = this.#parent ?? this;
    const source = around.nodes[outer.node];
    const constant = source !== undefined && 'constant' in source && source.constant;
    return this.#writer.source('captured', index, { ...around.#info(outer), constant });
  }

  #info(value: Value): OutputInfo {
    return this.#writer.info(value);
  }

  #number(value: Value): number {
    return -1 - this.#symbols.push({ owner: this, value });
  }

  #metadata(value: Value): TensorMetadata {
    const { dtype, shape } = this.#info(value);
    const node = this.nodes[value.node];
    if (shape && shape.every((size) => size >= 0)) return { id: this.#number(value), dtype, shape };
    const op = node?.kind === 'operation' ? node.op : 'input';
    // The space that batch norm reserves for its gradient is empty on the CPU, and nothing but the gradient reads it.
    if (op === 'FusedBatchNormV3') return { id: this.#number(value), dtype, shape: [0] };
    return dependsOnValues(op);
  }
}
