import { shapeOf, type Constant, type Graph, type Node, type Operation, type Value } from '../graph.js';
import { dtypes, typeAttribute, type Attribute } from '../native.js';
import { digest, visible } from '../signature.js';

type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'RealDiv' | 'Rsqrt';
type Shape = readonly number[];

/** A graph's nodes and further ones, in float32, each of them once: an equal operation on equal inputs is the same node. */
export class Additions {
  readonly nodes: Node[];
  readonly #known = new Map<string, number>();

  constructor({ nodes }: Pick<Graph, 'nodes'>) {
    this.nodes = [...nodes];
    nodes.forEach((node, index) => {
      // Large constants are none of those that are added.
      if (node.kind === 'operation' || (node.kind === 'constant' && node.values.length <= visible))
        this.#known.set(signature(node), index);
    });
  }

  /** An operation entry by entry, on one value or on two, the one with fewer axes repeated along the other. */
  arithmetic(op: Arithmetic, ...inputs: readonly Value[]): Value {
    const shapes = inputs.map((value) => shapeOf(this, value));
    const shape = shapes.reduce((longer, shape) => (shape.length > longer.length ? shape : longer));
    return this.operation(op, inputs, { shape });
  }

  /** A product, in an order of its own: the same node for the same factors. */
  product(factors: readonly Value[]): Value | undefined {
    const [first, ...rest] = [...factors].sort((a, b) => a.node - b.node || a.output - b.output);
    return first && rest.reduce((value, factor) => this.arithmetic('Mul', value, factor), first);
  }

  /** The value in another shape. */
  reshaped(value: Value, shape: Shape): Value {
    if (shapeOf(this, value).join() === shape.join()) return value;
    return this.operation('Reshape', [value, this.integers(shape)], {
      shape,
      attributes: [typeAttribute('Tshape', dtypes.int32)],
    });
  }

  number(value: number): Value {
    return this.#constant([], Float32Array.of(value));
  }

  /** A row of whole numbers. */
  integers(values: readonly number[]): Value {
    return this.#constant([values.length], Int32Array.from(values));
  }

  /** An operation with one result. */
  operation(
    op: string,
    inputs: Operation['inputs'],
    { shape, attributes = [] }: { shape: Shape; attributes?: readonly Attribute[] },
  ): Value {
    return this.#add({
      kind: 'operation',
      op,
      inputs,
      attributes: [typeAttribute('T', dtypes.float32), ...attributes],
      outputs: [{ dtype: dtypes.float32, shape: [...shape] }],
    });
  }

  #constant(shape: Shape, values: Float32Array | Int32Array): Value {
    const dtype = values instanceof Float32Array ? dtypes.float32 : dtypes.int32;
    return this.#add({ kind: 'constant', dtype, shape, values, outputs: [{ dtype, shape: [...shape] }] });
  }

  #add(node: (Operation | Constant) & Pick<Node, 'outputs'>): Value {
    const key = signature(node);
    const index = this.#known.get(key) ?? this.nodes.push(node) - 1;
    this.#known.set(key, index);
    return { node: index, output: 0 };
  }
}

function signature(node: Operation | Constant): string {
  return node.kind === 'operation'
    ? JSON.stringify([node.op, node.inputs, node.attributes])
    : JSON.stringify([node.dtype, node.shape, digest(node.values)]);
}
