import { canKeepFilter, keeping, keepingConvolution } from './filters.js';
import { isUniform, largestStored, liveNodes } from './graph.js';
import type { Constant, Descent, Graph, Loop, Node, Source, Value } from './graph.js';
import { dtypes, kinds, typeAttribute, type Attribute, type Binding } from './native.js';
import { firstOutputs, functionName, withGraph } from './nativeGraph.js';

/** Writes the nodes of a recorded graph into one of TensorFlow's. */
export class Emitter {
  /** Placeholders of large constants by the number of their tensor. */
  readonly large = new Map<number, number>();
  /** Functions of its loops, and of those within. */
  readonly parts: string[];
  partBytes = 0;
  partSize = 0;
  size = 0;
  readonly #binding: Binding;
  readonly #graph: Graph;
  readonly #id: number;
  readonly #placed = new Map<number, number>();
  readonly #sources = new Map<string, { kind: Source['kind']; index: number; node: number }>();
  readonly #reads = new Map<number, number>();

  constructor(binding: Binding, graph: Graph, { id, parts = [] }: { id: number; parts?: string[] }) {
    this.#binding = binding;
    this.parts = parts;
    this.#graph = graph;
    this.#id = id;
  }

  /** Places all nodes that the graph's results depend on. */
  place(): void {
    const live = liveNodes(this.#graph);
    this.#graph.nodes.forEach((node, index) => {
      if (live[index]) this.#placed.set(index, this.#native(node));
    });
  }

  /** The placeholders of one kind: number of the source, and node. */
  sources(kind: Source['kind']): [number, number][] {
    return [...this.#sources.values()]
      .filter((source) => source.kind === kind)
      .map(({ index, node }) => [index, node]);
  }

  /** The placeholder of a source; for a state that of its variable's handle. */
  source(kind: Source['kind'], index: number, dtype: number): number {
    const key = `${kind} ${index}`;
    const node = this.#sources.get(key)?.node ?? this.add('Placeholder', [], [typeAttribute('dtype', dtype)]);
    this.#sources.set(key, { kind, index, node });
    return node;
  }

  /** Adds a node that takes the first output of each input. */
  add(
    op: string,
    inputs: readonly number[],
    attributes: readonly Attribute[],
    control: readonly number[] = [],
  ): number {
    return this.#addNode(
      op,
      inputs.flatMap((node) => [-1, node, 0]),
      attributes,
      control,
    );
  }

  /** Writes a variable after it was read: the step works on the old values throughout. */
  assign(variable: number, value: Value): number {
    const dtype = this.#dtype(value);
    const handle = this.source('state', variable, dtypes.resource);
    const read = this.#reads.get(variable);
    return this.#addNode(
      'AssignVariableOp',
      [-1, handle, 0, -1, ...this.#pair(value)],
      [typeAttribute('dtype', dtype)],
      read === undefined ? [] : [read],
    );
  }

  /** In place where nothing else holds the variables' memory; TensorFlow copies it first otherwise. */
  descend({ params, velocity, rate, gradient, momentum }: Descent): number {
    const handles = [params, velocity].map((variable) => this.source('state', variable, dtypes.resource));
    const inputs = [
      ...handles.flatMap((handle) => [-1, handle, 0]),
      ...[rate, gradient, momentum].flatMap((value) => [-1, ...this.#pair(value)]),
    ];
    const reads = [params, velocity].flatMap((variable) => this.#reads.get(variable) ?? []);
    return this.#addNode('ResourceApplyMomentum', inputs, [typeAttribute('T', dtypes.float32)], reads);
  }

  output(value: Value): number {
    return this.#addNode('Identity', [-1, ...this.#pair(value)], [typeAttribute('T', this.#dtype(value))]);
  }

  stored(shape: readonly number[], dtype: number, values: Constant['values']): number {
    this.#binding.addConstant(this.#id, `constant_${this.size}`, shape, dtype, values);
    return this.size++;
  }

  #addNode(
    op: string,
    inputs: readonly number[],
    attributes: readonly Attribute[],
    control: readonly number[] = [],
  ): number {
    // TensorFlow optimises no graph with a node whose name begins with an underscore, as some operations' do.
    const name = `${op.replace(/^_/, '')}_${this.size}`;
    this.#binding.addNode(this.#id, op, name, inputs, control, attributes);
    return this.size++;
  }

  #native(node: Node): number {
    const dtype = node.outputs[0]?.dtype ?? dtypes.float32;
    switch (node.kind) {
      case 'constant':
        return this.#constant(node);
      case 'input':
      case 'computed':
      case 'captured':
        return this.source(node.kind, node.index, dtype);
      case 'state': {
        const handle = this.source('state', node.index, dtypes.resource);
        const read = this.add('ReadVariableOp', [handle], [typeAttribute('dtype', dtype)]);
        this.#reads.set(node.index, read);
        return read;
      }
      case 'loop':
        return this.#loop(node);
      case 'operation': {
        const inputs = node.inputs.flatMap((input) =>
          'node' in input
            ? [-1, ...this.#pair(input)]
            : [input.length, ...input.flatMap((value) => this.#pair(value))],
        );
        if (!canKeepFilter(this.#binding, this.#graph, node))
          return this.#addNode(node.op, inputs, node.attributes);
        return this.#addNode(keepingConvolution, inputs, [...node.attributes, ...keeping]);
      }
    }
  }

  #constant({ shape, dtype, values }: Constant): number {
    if (values.length > 1 && isUniform(values)) {
      const dims = this.stored([shape.length], dtypes.int32, Int32Array.from(shape));
      const value = this.stored([], dtype, values.slice(0, 1));
      return this.add(
        'Fill',
        [dims, value],
        [typeAttribute('T', dtype), typeAttribute('index_type', dtypes.int32)],
      );
    }
    if (values.byteLength <= largestStored) return this.stored(shape, dtype, values);
    const placed = this.add('Placeholder', [], [typeAttribute('dtype', dtype)]);
    this.large.set(this.#binding.createTensor(shape, dtype, values), placed);
    return placed;
  }

  /** A While over a counter, what is carried, and what is captured. */
  #loop({ times, inputs, body }: Loop): number {
    const infos = [
      { dtype: dtypes.int32, shape: [] },
      ...inputs.map(({ node, output }) => ({
        dtype: 0,
        shape: [],
        ...this.#graph.nodes[node]?.outputs[output],
      })),
    ];
    const types = infos.map(({ dtype }) => dtype);
    const attributes = [
      { name: 'cond', type: kinds.function, value: this.#condition(times, types) },
      { name: 'body', type: kinds.function, value: this.#body(body, types) },
      { name: 'output_shapes', type: kinds.shape, value: infos.map(({ shape }) => shape ?? []) },
      { name: 'parallel_iterations', type: kinds.integer, value: 1 },
      // Part of the graph around it, and not a call: TensorFlow optimises and places both together.
      { name: '_lower_using_switch_merge', type: kinds.boolean, value: true },
    ];
    const counter = this.stored([], dtypes.int32, Int32Array.of(0));
    const flat = [types.length, counter, 0, ...inputs.flatMap((value) => this.#pair(value))];
    const loop = this.#addNode('StatelessWhile', flat, attributes);
    // The graph's users count the outputs from the first that is carried.
    return this.#shifted(loop, types.slice(1));
  }

  #shifted(loop: number, types: readonly number[]): number {
    return this.#addNode('IdentityN', [types.length, ...types.flatMap((_, i) => [loop, i + 1])], []);
  }

  #condition(times: number, types: readonly number[]): string {
    return this.#part({ nodes: [], outputs: [], updates: new Map() }, types, (part, [counter = 0]) => {
      const limit = part.stored([], dtypes.int32, Int32Array.of(times));
      return [part.add('Less', [counter, limit], [typeAttribute('T', dtypes.int32)])];
    });
  }

  #body(body: Graph, types: readonly number[]): string {
    const carried = body.outputs.length;
    return this.#part(body, types, (part, [counter = 0, ...placeholders]) => {
      const one = part.stored([], dtypes.int32, Int32Array.of(1));
      const next = part.add('AddV2', [counter, one], [typeAttribute('T', dtypes.int32)]);
      part.place();
      const captured = placeholders
        .slice(carried)
        .map((node, i) => part.add('Identity', [node], [typeAttribute('T', types[1 + carried + i] ?? 0)]));
      return [next, ...body.outputs.map((value) => part.output(value)), ...captured];
    });
  }

  /** A function of the counter and the loop's inputs. */
  #part(
    graph: Graph,
    types: readonly number[],
    build: (part: Emitter, placeholders: number[]) => number[],
  ): string {
    const name = functionName();
    withGraph(this.#binding, (id) => {
      const part = new Emitter(this.#binding, graph, { id, parts: this.parts });
      const counter = part.add('Placeholder', [], [typeAttribute('dtype', dtypes.int32)]);
      const carried = graph.outputs.length;
      const inputs = types
        .slice(1)
        .map((dtype, i) =>
          i < carried ? part.source('input', i, dtype) : part.source('captured', i - carried, dtype),
        );
      const outputs = firstOutputs(build(part, [counter, ...inputs]));
      this.partBytes += this.#binding.addFunction(id, name, firstOutputs([counter, ...inputs]), outputs, []);
      this.parts.push(name);
      this.partBytes += part.partBytes;
      this.partSize += part.size + part.partSize;
    });
    return name;
  }

  #pair({ node, output }: Value): [number, number] {
    const placed = this.#placed.get(node);
    if (placed === undefined) throw new RangeError(`node ${node} must stand before the nodes that use it`);
    return [placed, output];
  }

  #dtype({ node, output }: Value): number {
    return this.#graph.nodes[node]?.outputs[output]?.dtype ?? dtypes.float32;
  }
}
