import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../errors.js';
import { isUniform, largestStored, type Graph, type Node, type Source, type Value } from './graph.js';
import { dtypes, typeAttribute, type Attribute, type Binding, type NodeBackend } from './native.js';
import type { OutputInfo, Stored, TensorMetadata, Values } from './native.js';
import { operation } from './opdef.js';
import { digest, group, inferredTypes, visible } from './signature.js';
import { softmaxParts } from './softmax.js';
import { dead, dependsOnValues, differs, escapes, hasEffects, notNumeric, undeclared } from './refusals.js';

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
  readonly nodes: Node[] = [];
  /** What the body of a loop uses of the recording around it. */
  readonly captured: Value[] = [];
  readonly #symbols: { owner: Recorder; value: Value }[];
  readonly #created: WeakSet<object>;
  readonly #signatures: string[] = [];
  readonly #known = new Map<string, number>();
  readonly #born = new WeakMap<object, number>();
  readonly #backend: NodeBackend;
  readonly #binding: Binding;
  readonly #earlier: Recorder | undefined;
  readonly #parent: Recorder | undefined;
  readonly #graph: number;

  constructor(backend: NodeBackend, { earlier, parent }: RecorderOptions = {}) {
    this.#backend = backend;
    // While a body is recorded, the backend's own binding is out of reach.
    this.#binding = parent ? parent.#binding : backend.binding;
    this.#earlier = earlier;
    this.#parent = parent;
    this.#symbols = parent ? parent.#symbols : [];
    this.#created = parent ? parent.#created : new WeakSet();
    this.#graph = earlier ? -1 : this.#binding.createGraph();
  }

  /** A recording within this one: the body of a loop. */
  body(): Recorder {
    return new Recorder(this.#backend, { parent: this });
  }

  dispose(): void {
    if (!this.#earlier) this.#binding.deleteGraph(this.#graph);
  }

  /** A tensor that stands for the n-th input or state variable. */
  source(kind: Source['kind'], index: number, info: OutputInfo & { constant?: boolean }): Tensor {
    return this.#backend.createOutputTensor(this.#metadata(this.#sourceValue(kind, index, info)));
  }

  /** Where in the graph a tensor comes from. */
  valueOf(tensor: Tensor): Value {
    return this.#symbol(this.id(tensor), tensor);
  }

  dtypeOf(value: Value): number {
    return this.#info(value).dtype;
  }

  infoOf(tensor: Tensor): OutputInfo {
    return this.#info(this.valueOf(tensor));
  }

  graph(outputs: readonly Value[], updates: ReadonlyMap<number, Value>): Graph {
    return { nodes: this.nodes, outputs, updates };
  }

  /** Notes that the values of `dataId` were made during the recording. */
  born(dataId: object): void {
    this.#created.add(dataId);
  }

  /** The number of a tensor, in place of the backend's getInputTensorIds. */
  id(tensor: Tensor): number {
    if ('valueArray' in tensor) {
      // tfjs-node's Int64Scalar, which is no tensor: two 32-bit halves.
      return this.#constant([], 9, tensor.valueArray as Int32Array);
    }
    if (tensor.isDisposed) {
      dead();
    }
    const stored = this.#backend.tensorMap.get(tensor.dataId);
    if (stored.values === null) return stored.id;
    if (!this.#created.has(tensor.dataId)) undeclared(tensor);
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
    const inputs = [...carried, ...body.captured];
    const signature = `loop ${times} ${JSON.stringify([inputs, graph.outputs])} ${body.#signatures.join('\n')}`;
    const node = this.#add(signature, (native, name) => {
      // For the shapes of the results it will do that they are those of what is carried.
      const flat = [carried.length, ...carried.flatMap((value) => [value.node, value.output])];
      const outputs = this.#binding.addNode(native, 'IdentityN', `loop_${name}`, flat, [], []);
      return { kind: 'loop', times, inputs, body: graph, outputs };
    });
    return carried.map((_, output) => this.#backend.createOutputTensor(this.#metadata({ node, output })));
  }

  /** Records an operation, in place of the binding's executeOp. */
  execute(op: string, attributes: readonly Attribute[], ids: readonly number[]): TensorMetadata[] {
    if (op === 'Softmax' && !this.#binding.isUsingGpuDevice()) return this.#softmax(attributes, ids);
    const definition = operation(this.#binding, op);
    if (definition.stateful) {
      hasEffects(op);
    }
    const { values, attributes: fitting } = this.#storedTypes(
      op,
      ids.map((id) => this.#symbol(id)),
      attributes.filter(({ name }) => definition.attributes.has(name)),
    );
    const inputs = group(values, definition.inputs, fitting);
    const typed = inferredTypes(fitting, {
      takes: definition.inputs,
      inputs,
      dtype: (of) => this.dtypeOf(of),
    });
    const node = this.#add(`${op} ${JSON.stringify(inputs)} ${JSON.stringify(typed)}`, (graph, name) => {
      const flat = inputs.flatMap((input) =>
        'node' in input
          ? [-1, input.node, input.output]
          : [input.length, ...input.flatMap((value) => [value.node, value.output])],
      );
      const outputs = this.#binding.addNode(graph, op, `${op}_${name}`, flat, [], typed);
      return { kind: 'operation', op, inputs, attributes: typed, outputs };
    });
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

  /** uint8 exists only on the device: gathering and casting take it as it is, anything else sees it as int32. */
  #storedTypes(op: string, values: Value[], attributes: readonly Attribute[]) {
    const bytes = values.map((value) => this.#info(value).dtype === dtypes.uint8);
    if (!bytes.includes(true)) return { values, attributes };
    // The attribute of its type follows, see #inferredTypes.
    const keeps = ['GatherV2', 'Cast', 'StridedSlice', 'Slice', 'Reshape'].includes(op);
    if (keeps && bytes.indexOf(true) === 0) return { values, attributes };
    return { values: values.map((value, i) => (bytes[i] ? this.#cast(value) : value)), attributes };
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
    const copy = values.slice();
    const outputs = [{ dtype, shape: [...shape] }];
    const node: Node = { kind: 'constant', dtype, shape: [...shape], values: copy, outputs };
    const signature = `constant ${dtype} [${shape.join()}] ${digest(copy)}`;
    if (copy.length > visible) return this.#number(this.#placeholder(signature, node));
    const index = this.#add(signature, (graph, name) => {
      this.#binding.addConstant(graph, `constant_${name}`, shape, dtype, copy);
      return node;
    });
    return this.#number({ node: index, output: 0 });
  }

  #sourceValue(
    kind: Source['kind'],
    index: number,
    { dtype, shape, constant = false }: OutputInfo & { constant?: boolean },
  ): Value {
    const signature = `${kind} ${index} ${dtype} [${shape?.join()}]`;
    return this.#placeholder(signature, { kind, index, constant, outputs: [{ dtype, shape }] });
  }

  #placeholder(signature: string, node: Node): Value {
    const index = this.#add(signature, (graph, name) => {
      const { dtype, shape } = node.outputs[0] ?? { dtype: 0, shape: [] };
      const attributes = [typeAttribute('dtype', dtype), { name: 'shape', type: 5, value: shape }];
      this.#binding.addNode(graph, 'Placeholder', `placeholder_${name}`, [], [], attributes);
      return node;
    });
    return { node: index, output: 0 };
  }

  /** Adds a node unless the same one is there already: an equal operation on equal inputs has equal outputs. */
  #add(signature: string, make: (graph: number, name: number) => Node): number {
    const same = this.#known.get(signature);
    if (same !== undefined) return same;
    const index = this.nodes.length;
    this.nodes.push(this.#again(signature, index) ?? make(this.#graph, index));
    this.#signatures.push(signature);
    this.#known.set(signature, index);
    return index;
  }

  /** The node of the earlier recording, which must be the same. */
  #again(signature: string, index: number): Node | undefined {
    if (!this.#earlier) return undefined;
    const node = this.#earlier.nodes[index];
    if (!node || this.#earlier.#signatures[index] !== signature) {
      differs(signature);
    }
    return node;
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
    return this.#sourceValue('captured', index, { ...around.#info(outer), constant });
  }

  #info({ node, output }: Value): OutputInfo {
    const info = this.nodes[node]?.outputs[output];
    if (!info) throw new ArgumentError(`compile: the operation must have an output ${output}, got fewer`);
    return info;
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
