import { inputsOf, type Graph, type Node, type Value } from '../graph.js';

/**
 * The same graph with other values in the place of some, in an order in which it can run. What only the replaced ones need is
 * without a use then.
 *
 * @param replaced - New values by the node whose first output they stand for.
 * @returns The graph as it is where a new value needs what it replaces.
 */
export function withReplaced(graph: Graph, replaced: ReadonlyMap<number, Value>): Graph {
  if (replaced.size === 0) return graph;
  const current = (value: Value) => (value.output === 0 ? replaced.get(value.node) : undefined) ?? value;
  const nodes = graph.nodes.map((node) => withInputs(node, current));
  return inRunningOrder(withResults({ ...graph, nodes }, current)) ?? graph;
}

/** The same graph in an order in which it can run; undefined where values need each other. */
export function inRunningOrder(graph: Graph): Graph | undefined {
  const order = runningOrder(graph.nodes);
  if (!order) return undefined;
  const places = new Map(order.map((node, place) => [node, place]));
  const moved = ({ node, output }: Value): Value => ({ node: places.get(node) ?? node, output });
  const nodes = order.flatMap((index) => graph.nodes[index] ?? []).map((node) => withInputs(node, moved));
  return withResults({ ...graph, nodes }, moved);
}

/** The same graph with other values of what it is run for. */
function withResults(graph: Graph, change: (value: Value) => Value): Graph {
  return {
    ...graph,
    outputs: graph.outputs.map(change),
    updates: new Map([...graph.updates].map(([variable, value]) => [variable, change(value)])),
    descents: graph.descents?.map((descent) => ({
      ...descent,
      rate: change(descent.rate),
      gradient: change(descent.gradient),
      momentum: change(descent.momentum),
    })),
  };
}

/** The same node with other inputs. */
export function withInputs(node: Node, change: (value: Value) => Value): Node {
  if (node.kind === 'loop') return { ...node, inputs: node.inputs.map(change) };
  if (node.kind !== 'operation') return node;
  return {
    ...node,
    inputs: node.inputs.map((input) => ('node' in input ? change(input) : input.map(change))),
  };
}

/** The nodes' numbers, each after those of its inputs; undefined where they go round in a circle. */
function runningOrder(nodes: readonly Node[]): number[] | undefined {
  const order: number[] = [];
  const states: ('waiting' | 'done' | undefined)[] = [];
  for (let first = 0; first < nodes.length; first++) {
    const stack = [first];
    for (let index = stack.at(-1); index !== undefined; index = stack.at(-1)) {
      const node = nodes[index];
      const missing =
        node && states[index] !== 'done'
          ? inputsOf(node).find((input) => states[input.node] !== 'done')
          : undefined;
      if (missing === undefined) {
        if (states[index] !== 'done') order.push(index);
        states[index] = 'done';
        stack.pop();
      } else if (states[missing.node] === 'waiting') return undefined;
      else {
        states[index] = 'waiting';
        stack.push(missing.node);
      }
    }
  }
  return order;
}
