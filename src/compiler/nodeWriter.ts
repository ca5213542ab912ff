import { ArgumentError } from '../errors.js';
import type { Graph, Node, Operation, Source, Value } from './graph.js';
import { kinds, typeAttribute, type Binding, type OutputInfo, type Values } from './native.js';
import { differs, refused } from './refusals.js';
import { digest, visible } from './signature.js';

/**
 * Writes the nodes of a recording, each of them once: an equal operation on equal inputs has equal outputs. A graph of
 * TensorFlow's tells the shapes.
 */
export class NodeWriter {
  readonly nodes: Node[] = [];
  /** What makes each node the one that it is. */
  readonly signatures: string[] = [];
  readonly #known = new Map<string, number>();
  /** TensorFlow's reasons, by the signatures of what it refused. */
  readonly #refused = new Map<string, unknown>();
  readonly #binding: Binding;
  readonly #earlier: NodeWriter | undefined;
  readonly #graph: number;

  /** @param earlier - Of a recording of the same function; any difference from it is an error. */
  constructor(binding: Binding, earlier: NodeWriter | undefined) {
    this.#binding = binding;
    this.#earlier = earlier;
    this.#graph = earlier ? -1 : binding.createGraph();
  }

  dispose(): void {
    if (!this.#earlier) this.#binding.deleteGraph(this.#graph);
  }

  info({ node, output }: Value): OutputInfo {
    const info = this.nodes[node]?.outputs[output];
    if (!info) throw new ArgumentError(`compile: the operation must have an output ${output}, got fewer`);
    return info;
  }

  /** An operation; returns its number. */
  operation({ op, inputs, attributes }: Omit<Operation, 'kind'>): number {
    return this.#add(`${op} ${JSON.stringify(inputs)} ${JSON.stringify(attributes)}`, (index) => {
      const flat = inputs.flatMap((input) =>
        'node' in input
          ? [-1, input.node, input.output]
          : [input.length, ...input.flatMap((value) => [value.node, value.output])],
      );
      const name = `${op}_${index}`;
      const outputs = this.#binding.addNode(this.#graph, op, name, flat, [], attributes);
      return { kind: 'operation', op, inputs, attributes, outputs };
    });
  }

  /** A loop over a body that `written` has recorded, whose first results are carried to the next turn. */
  loop(
    { times, carried, captured }: { times: number; carried: readonly Value[]; captured: readonly Value[] },
    { body, written }: { body: Graph; written: NodeWriter },
  ): number {
    const inputs = [...carried, ...captured];
    const signature = `loop ${times} ${JSON.stringify([inputs, body.outputs])} ${written.signatures.join('\n')}`;
    return this.#add(signature, (index) => {
      // For the shapes of the results it will do that they are those of what is carried.
      const flat = [carried.length, ...carried.flatMap((value) => [value.node, value.output])];
      const outputs = this.#binding.addNode(this.#graph, 'IdentityN', `loop_${index}`, flat, [], []);
      return { kind: 'loop', times, inputs, body, outputs };
    });
  }

  constant(shape: readonly number[], dtype: number, values: Values): Value {
    const copy = values.slice();
    const outputs = [{ dtype, shape: [...shape] }];
    const node: Node = { kind: 'constant', dtype, shape: [...shape], values: copy, outputs };
    const signature = `constant ${dtype} [${shape.join()}] ${digest(copy)}`;
    if (copy.length > visible) return this.#placeholder(signature, node);
    const index = this.#add(signature, (index) => {
      this.#binding.addConstant(this.#graph, `constant_${index}`, shape, dtype, copy);
      return node;
    });
    return { node: index, output: 0 };
  }

  source(
    kind: Source['kind'],
    index: number,
    { dtype, shape, constant = false }: OutputInfo & { constant?: boolean },
  ): Value {
    const signature = `${kind} ${index} ${dtype} [${shape?.join()}]`;
    return this.#placeholder(signature, { kind, index, constant, outputs: [{ dtype, shape }] });
  }

  #placeholder(signature: string, node: Node): Value {
    const index = this.#add(signature, (index) => {
      const { dtype, shape } = node.outputs[0] ?? { dtype: 0, shape: [] };
      const attributes = [typeAttribute('dtype', dtype), { name: 'shape', type: kinds.shape, value: shape }];
      this.#binding.addNode(this.#graph, 'Placeholder', `placeholder_${index}`, [], [], attributes);
      return node;
    });
    return { node: index, output: 0 };
  }

  /** The number of the node with this signature, which `make` makes if there is none. */
  #add(signature: string, make: (index: number) => Node): number {
    const same = this.#known.get(signature);
    if (same !== undefined) return same;
    const index = this.nodes.length;
    this.nodes.push(this.#again(signature, index) ?? this.#accepted(signature, () => make(index)));
    this.signatures.push(signature);
    this.#known.set(signature, index);
    return index;
  }

  /** The node of the earlier recording, which must be the same. */
  #again(signature: string, index: number): Node | undefined {
    if (!this.#earlier) return undefined;
    const refusal = this.#earlier.#refused.get(signature);
    if (refusal !== undefined) refused(refusal);
    const node = this.#earlier.nodes[index];
    if (!node || this.#earlier.signatures[index] !== signature) differs(signature);
    return node;
  }

  /** What TensorFlow says of a node that it refuses becomes an error that names the caller's line. */
  #accepted(signature: string, make: () => Node): Node {
    try {
      return make();
    } catch (cause) {
      this.#refused.set(signature, cause);
      return refused(cause);
    }
  }
}
