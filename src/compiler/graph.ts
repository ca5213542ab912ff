import type { Attribute, OutputInfo, Values } from './native.js';

/** One output of a node: what flows along an edge of the graph. */
export interface Value {
  readonly node: number;
  readonly output: number;
}

export interface Constant {
  readonly kind: 'constant';
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly values: Values;
}

export interface Operation {
  readonly kind: 'operation';
  readonly op: string;
  /** Per argument one value, or several where the argument is a list. */
  readonly inputs: readonly (Value | readonly Value[])[];
  readonly attributes: readonly Attribute[];
}

/** A part that runs several times, from the carried inputs to the body's outputs; further inputs stay as they are. */
export interface Loop {
  readonly kind: 'loop';
  readonly times: number;
  readonly inputs: readonly Value[];
  /** Its n-th input is the loop's n-th input. */
  readonly body: Graph;
}

/** Constants of more bytes than this are handed in at each call, and not stored in the graph. */
export const largestStored = 16_384;

/**
 * The n-th input, state variable, or value computed once for all calls; in the body of a loop, of what is carried and of what is
 * captured.
 */
export interface Source {
  readonly kind: 'input' | 'state' | 'computed' | 'captured';
  readonly index: number;
  /** Whether its value is the same at each call. */
  readonly constant: boolean;
}

export type Node = (Constant | Operation | Loop | Source) & { readonly outputs: readonly OutputInfo[] };

/** A step of gradient descent on the variables p and v: v ← momentum · v + gradient, p ← p − rate · v. */
export interface Descent {
  readonly params: number;
  readonly velocity: number;
  readonly rate: Value;
  readonly gradient: Value;
  readonly momentum: Value;
}

/** A recorded function. Nodes stand in an order in which they can run. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
  /** New values by the number of the variable. */
  readonly updates: ReadonlyMap<number, Value>;
  /** Further updates, of two variables each. */
  readonly descents?: readonly Descent[];
}

export function inputsOf(node: Node): readonly Value[] {
  return node.kind === 'operation' || node.kind === 'loop' ? node.inputs.flat() : [];
}

/** The value of an operation's attribute; undefined where it has none of that name. */
export function attributeOf({ attributes }: Operation, wanted: string): unknown {
  return attributes.find(({ name }) => name === wanted)?.value;
}

/** Whether an operation on images takes the channels last: [N, H, W, C]. */
export function isChannelsLast(operation: Operation): boolean {
  return (attributeOf(operation, 'data_format') ?? 'NHWC') === 'NHWC';
}

/** The shape of a value; empty also where it depends on values. */
export function shapeOf({ nodes }: Pick<Graph, 'nodes'>, { node, output }: Value): readonly number[] {
  return nodes[node]?.outputs[output]?.shape ?? [];
}

/** How many entries a tensor of this shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether a value is given to the function, and the same at each call. */
export function isFixed({ nodes }: Pick<Graph, 'nodes'>, { node }: Value): boolean {
  const source = nodes[node];
  return source !== undefined && 'constant' in source && source.constant;
}

/** Whether each node's value is the same at each call: it is computed of constants and what is fixed. */
export function fixedNodes(graph: Pick<Graph, 'nodes'>): boolean[] {
  const fixed: boolean[] = [];
  graph.nodes.forEach((node, index) => {
    fixed[index] =
      node.kind === 'constant' ||
      (node.kind === 'operation' && node.inputs.flat().every((input) => fixed[input.node])) ||
      isFixed(graph, { node: index, output: 0 });
  });
  return fixed;
}

/** What a graph is run for: outputs, new values of variables, and what they are made of in a descent. */
export function resultsOf({ outputs, updates, descents = [] }: Graph): Value[] {
  const parts = descents.flatMap(({ rate, gradient, momentum }) => [rate, gradient, momentum]);
  return [...outputs, ...updates.values(), ...parts];
}

/** Which nodes the outputs and updates depend on. */
export function liveNodes(graph: Graph): boolean[] {
  const { nodes } = graph;
  const live = nodes.map(() => false);
  for (const { node } of resultsOf(graph)) live[node] = true;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node && live[i]) for (const input of inputsOf(node)) live[input.node] = true;
  }
  return live;
}

/** How often what the outputs and updates depend on takes each node's outputs. */
export function usesOf(graph: Graph): number[] {
  const live = liveNodes(graph);
  const uses = graph.nodes.map(() => 0);
  const count = ({ node }: Value) => (uses[node] = (uses[node] ?? 0) + 1);
  graph.nodes.forEach((node, index) => {
    if (live[index]) inputsOf(node).forEach(count);
  });
  resultsOf(graph).forEach(count);
  return uses;
}

/** Whether all values are the same bits, so that the constant can be stored as one of them. */
export function isUniform(values: Values): boolean {
  const words =
    values instanceof Float32Array ? new Int32Array(values.buffer, values.byteOffset, values.length) : values;
  const first = words[0];
  return words.length > 0 && words.every((value) => value === first);
}
