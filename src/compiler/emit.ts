import { isUniform, liveNodes, type Constant, type Graph, type Value } from './graph.js';
import { dtypes, typeAttribute, type Attribute, type Binding } from './native.js';

/** Constants of more bytes than this are handed in at each call, and not stored in the graph. */
const largestStored = 16_384;

/** A function of TensorFlow's eager context. */
export interface NativeFunction {
  readonly name: string;
  /** The variables whose handles it takes, in this order, before the inputs. */
  readonly state: readonly number[];
  /** The inputs it takes. */
  readonly inputs: readonly number[];
  /** Tensors that it takes after the inputs: large constants of its own. */
  readonly constants: readonly number[];
  readonly outputs: number;
  readonly bytes: number;
  readonly operations: number;
}

let count = 0;

/** Makes a recorded graph a function that the binding's executeOp runs by its name. */
export function emit(binding: Binding, graph: Graph): NativeFunction {
  const id = binding.createGraph();
  try {
    return new Emitter(binding, graph, id).emit();
  } finally {
    binding.deleteGraph(id);
  }
}

/** Frees a function and its constants. */
export function removeFunction(binding: Binding, { name, constants }: NativeFunction): void {
  binding.removeFunction(name);
  for (const id of constants) binding.deleteTensor(id);
}

class Emitter {
  readonly #binding: Binding;
  readonly #graph: Graph;
  readonly #id: number;
  readonly #placed = new Map<number, number>();
  readonly #handles = new Map<number, number>();
  readonly #inputs = new Map<number, number>();
  readonly #large = new Map<number, number>();
  #size = 0;

  constructor(binding: Binding, graph: Graph, id: number) {
    this.#binding = binding;
    this.#graph = graph;
    this.#id = id;
  }

  emit(): NativeFunction {
    const live = liveNodes(this.#graph);
    for (const [index] of this.#graph.nodes.entries()) if (live[index]) this.#place(index);
    const reads = new Map(
      [...this.#graph.nodes.entries()].flatMap(([index, node]) =>
        node.kind === 'state' && live[index] ? [[node.index, this.#at(index)] as const] : [],
      ),
    );
    const assignments = [...this.#graph.updates].map(([variable, value]) =>
      this.#assign(variable, value, reads.get(variable)),
    );
    const outputs = this.#graph.outputs.flatMap((value) => [this.#output(value), 0]);
    const sources = [...this.#handles.values(), ...this.#inputs.values(), ...this.#large.keys()];
    const name = `roarbook_step_${count++}`;
    const placeholders = sources.flatMap((node) => [node, 0]);
    const bytes = this.#binding.addFunction(this.#id, name, placeholders, outputs, assignments);
    return {
      name,
      state: [...this.#handles.keys()],
      inputs: [...this.#inputs.keys()],
      constants: [...this.#large.values()],
      outputs: this.#graph.outputs.length,
      bytes,
      operations: this.#size,
    };
  }

  #add(
    op: string,
    inputs: readonly (readonly [number, number])[],
    attributes: readonly Attribute[],
    control: number[] = [],
  ): number {
    const flat = inputs.flatMap(([node, output]) => [-1, node, output]);
    this.#binding.addNode(this.#id, op, `${op}_${this.#size}`, flat, control, attributes);
    return this.#size++;
  }

  #at(node: number): number {
    const placed = this.#placed.get(node);
    if (placed === undefined) throw new RangeError(`node ${node} must stand before the nodes that use it`);
    return placed;
  }

  #place(index: number): void {
    const node = this.#graph.nodes[index];
    if (!node) return;
    this.#placed.set(index, this.#native(node));
  }

  #native(node: Graph['nodes'][number]): number {
    const dtype = node.outputs[0]?.dtype ?? dtypes.float32;
    switch (node.kind) {
      case 'constant':
        return this.#constant(node);
      case 'input':
        return this.#source(this.#inputs, node.index, dtype);
      case 'state': {
        const handle = this.#source(this.#handles, node.index, dtypes.resource);
        return this.#add('ReadVariableOp', [[handle, 0]], [typeAttribute('dtype', dtype)]);
      }
      case 'operation': {
        const pair = ({ node: from, output }: Value) => [this.#at(from), output];
        const flat = node.inputs.flatMap((input) =>
          'node' in input ? [-1, ...pair(input)] : [input.length, ...input.flatMap(pair)],
        );
        this.#binding.addNode(this.#id, node.op, `${node.op}_${this.#size}`, flat, [], node.attributes);
        return this.#size++;
      }
    }
  }

  #source(sources: Map<number, number>, index: number, dtype: number): number {
    const placed = sources.get(index) ?? this.#add('Placeholder', [], [typeAttribute('dtype', dtype)]);
    sources.set(index, placed);
    return placed;
  }

  #constant({ shape, dtype, values }: Constant): number {
    if (values.length > 1 && isUniform(values)) {
      const dims = this.#stored([shape.length], dtypes.int32, Int32Array.from(shape));
      const value = this.#stored([], dtype, values.slice(0, 1));
      return this.#add(
        'Fill',
        [
          [dims, 0],
          [value, 0],
        ],
        [typeAttribute('T', dtype), typeAttribute('index_type', dtypes.int32)],
      );
    }
    if (values.byteLength <= largestStored) return this.#stored(shape, dtype, values);
    const placed = this.#add('Placeholder', [], [typeAttribute('dtype', dtype)]);
    this.#large.set(placed, this.#binding.createTensor(shape, dtype, values));
    return placed;
  }

  #stored(shape: readonly number[], dtype: number, values: Constant['values']): number {
    this.#binding.addConstant(this.#id, `constant_${this.#size}`, shape, dtype, values);
    return this.#size++;
  }

  /** Writes a variable after it was read: the step works on the old values throughout. */
  #assign(variable: number, { node, output }: Value, read: number | undefined): number {
    const dtype = this.#graph.nodes[node]?.outputs[output]?.dtype ?? dtypes.float32;
    const handle = this.#source(this.#handles, variable, dtypes.resource);
    return this.#add(
      'AssignVariableOp',
      [
        [handle, 0],
        [this.#at(node), output],
      ],
      [typeAttribute('dtype', dtype)],
      read === undefined ? [] : [read],
    );
  }

  #output({ node, output }: Value): number {
    const dtype = this.#graph.nodes[node]?.outputs[output]?.dtype ?? dtypes.float32;
    return this.#add('Identity', [[this.#at(node), output]], [typeAttribute('T', dtype)]);
  }
}
