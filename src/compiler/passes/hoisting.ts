import { fixedNodes, inputsOf, liveNodes } from '../graph.js';
import type { Graph, Loop, Node, Source, Value } from '../graph.js';
import { inRunningOrder, withInputs, withReplaced } from './replacement.js';

/** A function in two parts. */
export interface Hoisted {
  /** Takes fixed variables only. Its n-th output is the other part's n-th source of the kind 'computed'. */
  readonly once: Graph;
  readonly graph: Graph;
}

/**
 * Parts filters of convolutions, numbers and vectors that are the same at each call from what is computed of them, also where that
 * is in a loop. Other values stay: they may be larger than what they are made of.
 */
export function hoisted(recorded: Graph): Hoisted {
  const graph = withLoopsRelieved(recorded);
  const nodes: Node[] = [];
  const copy = copying(graph, nodes, (source) => ({ node: nodes.push(source) - 1, output: 0 }));
  const roots = rootsOf(graph, ({ constant }) => constant);
  return {
    once: { nodes, outputs: roots.map((root) => copy(firstOf(root))), updates: new Map() },
    graph: withSources(graph, roots, (index) => ({ kind: 'computed', index, constant: true })),
  };
}

/** The same graph, whose loops are given such values and do not compute them at each turn. */
function withLoopsRelieved(graph: Graph): Graph {
  const nodes = [...graph.nodes];
  graph.nodes.forEach((node, index) => {
    if (node.kind === 'loop') nodes[index] = relieved(node, nodes);
  });
  return inRunningOrder({ ...graph, nodes }) ?? graph;
}

/** @param around - The nodes around the loop, which take over what it does not compute. */
function relieved<T extends Loop>(loop: T, around: Node[]): T {
  const body = withLoopsRelieved(loop.body);
  const carried = body.outputs.length;
  const captured = loop.inputs.length - carried;
  const copy = copying(body, around, ({ index }) => loop.inputs[carried + index] as Value);
  const roots = rootsOf(body, ({ kind }) => kind === 'captured');
  const fixed = fixedNodes(body);
  return {
    ...loop,
    inputs: [...loop.inputs, ...roots.map((root) => copy(firstOf(root)))],
    body: withSources(body, roots, (index, root) => ({
      kind: 'captured',
      index: captured + index,
      constant: fixed[root] ?? false,
    })),
  };
}

/** Filters, numbers and vectors that are computed of such sources and constants alone, and used with others. */
function rootsOf(graph: Graph, isSource: (source: Source) => boolean): number[] {
  const live = liveNodes(graph);
  const fixed: boolean[] = [];
  const varies: boolean[] = [];
  graph.nodes.forEach((node, index) => {
    const inputs = inputsOf(node);
    fixed[index] = 'constant' in node ? isSource(node) : inputs.some((input) => fixed[input.node]);
    varies[index] =
      node.kind === 'loop' ||
      ('constant' in node && !isSource(node)) ||
      inputs.some((input) => varies[input.node]);
  });
  const roots = new Set<number>();
  graph.nodes.forEach((node, index) => {
    if (!live[index] || !varies[index]) return;
    inputsOf(node).forEach((input, position) => {
      const of = graph.nodes[input.node];
      if (of?.kind !== 'operation' || of.outputs.length > 1 || !fixed[input.node] || varies[input.node])
        return;
      const rank = of.outputs[0]?.shape?.length ?? Infinity;
      if (rank <= 1 || takesFilters(node, position)) roots.add(input.node);
    });
  });
  return [...roots];
}

/** Whether a node takes a convolution's filters at that place. */
function takesFilters(node: Node, position: number): boolean {
  if (node.kind === 'operation') return position === 1 && ['Conv2D', 'Conv2DBackpropInput'].includes(node.op);
  if (node.kind !== 'loop') return false;
  const { body } = node;
  return body.nodes.some((within) =>
    inputsOf(within).some((input, at) => {
      const source = body.nodes[input.node];
      const isIt = source?.kind === 'captured' && source.index === position - body.outputs.length;
      return isIt && takesFilters(within, at);
    }),
  );
}

/** Copies what computes a value to other nodes, each of its nodes once, and says where the value is there. */
function copying(graph: Graph, to: Node[], place: (source: Source & Node) => Value): (value: Value) => Value {
  const copies = new Map<number, Value>();
  const copy = (value: Value): Value => {
    const node = graph.nodes[value.node];
    if (!node) throw new RangeError(`node ${value.node} must be one of the graph's`);
    const copied =
      copies.get(value.node) ??
      ('constant' in node ? place(node) : { node: to.push(withInputs(node, copy)) - 1, output: 0 });
    copies.set(value.node, copied);
    return 'constant' in node ? copied : { node: copied.node, output: value.output };
  };
  return copy;
}

/** The same graph with sources in the place of nodes. */
function withSources(
  graph: Graph,
  roots: readonly number[],
  source: (index: number, root: number) => Source,
): Graph {
  const nodes = [...graph.nodes];
  const replaced = roots.map((root, index) => {
    const outputs = graph.nodes[root]?.outputs ?? [];
    return [root, firstOf(nodes.push({ ...source(index, root), outputs }) - 1)] as const;
  });
  return withReplaced({ ...graph, nodes }, new Map(replaced));
}

function firstOf(node: number): Value {
  return { node, output: 0 };
}
