import { inputsOf, usesOf, type Descent, type Graph, type Node, type Value } from '../graph.js';
import { dtypes } from '../native.js';

/**
 * The same graph with steps of gradient descent with momentum found among its updates. TensorFlow has one operation for each,
 * which works in place and rounds as the four operations do.
 */
export function withDescents(graph: Graph): Graph {
  const search = new Search(graph);
  const updates = new Map(graph.updates);
  const descents: Descent[] = [];
  for (const [params, value] of graph.updates) {
    const descent = search.descent(params, value);
    if (!descent || !updates.has(params) || !updates.has(descent.velocity)) continue;
    updates.delete(params);
    updates.delete(descent.velocity);
    descents.push(descent);
  }
  return { ...graph, updates, descents };
}

class Search {
  readonly #graph: Graph;
  readonly #uses: readonly number[];
  /** The variable that a node's first output becomes. */
  readonly #becomes: ReadonlyMap<number, number>;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#uses = usesOf(graph);
    this.#becomes = new Map([...graph.updates].map(([variable, { node }]) => [node, variable]));
  }

  /** p − (v′ · rate), v′ = v · momentum + gradient, where only the two updates and each other use the results. */
  descent(params: number, value: Value): Descent | undefined {
    const [old, move] = this.#operands(value, ['Sub'], 1) ?? [];
    if (!old || !move || !this.#isState(old, params)) return undefined;
    for (const [moved, rate] of orders(this.#operands(move, ['Mul'], 1))) {
      const velocity = this.#becomes.get(moved.node);
      if (velocity === undefined || velocity === params || !this.#isScalar(rate)) continue;
      // Its update and the product above.
      for (const [kept, gradient] of orders(this.#operands(moved, ['Add', 'AddV2'], 2))) {
        for (const [before, momentum] of orders(this.#operands(kept, ['Mul'], 1))) {
          if (this.#isState(before, velocity) && this.#isScalar(momentum) && this.#fits(gradient, old))
            return { params, velocity, rate, gradient, momentum };
        }
      }
    }
    return undefined;
  }

  #node({ node }: Value): Node | undefined {
    return this.#graph.nodes[node];
  }

  /** The two operands of an operation that is used so many times. */
  #operands(value: Value, ops: readonly string[], uses: number): [Value, Value] | undefined {
    const node = this.#node(value);
    if (node?.kind !== 'operation' || !ops.includes(node.op) || this.#uses[value.node] !== uses)
      return undefined;
    const [a, b] = inputsOf(node);
    return a && b && [a, b];
  }

  #isState(value: Value, variable: number): boolean {
    const node = this.#node(value);
    return node?.kind === 'state' && node.index === variable && node.outputs[0]?.dtype === dtypes.float32;
  }

  #isScalar(value: Value): boolean {
    return this.#node(value)?.outputs[value.output]?.shape?.length === 0;
  }

  #fits(value: Value, like: Value): boolean {
    const shape = (of: Value) => this.#node(of)?.outputs[of.output]?.shape?.join();
    return shape(value) === shape(like);
  }
}

/** Both orders of the operands of a sum or a product. */
function orders(operands: [Value, Value] | undefined): [Value, Value][] {
  return operands ? [operands, [operands[1], operands[0]]] : [];
}
