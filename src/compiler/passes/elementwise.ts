import { inputsOf, liveNodes, resultsOf, shapeOf, sizeOf } from '../graph.js';
import type { Graph, Node, Operation, Value } from '../graph.js';
import { dtypes, kinds, type Binding } from '../native.js';
import { withReplaced } from './replacement.js';

/** The operations that chains are made of, by their numbers in src/native/binding/elementwise.h. */
const arithmetic: Readonly<Record<string, number>> = {
  Add: 0,
  AddV2: 0,
  Sub: 1,
  Mul: 2,
  RealDiv: 3,
  Maximum: 4,
  Minimum: 5,
  SquaredDifference: 6,
  Neg: 7,
  Abs: 8,
  Square: 9,
  Sqrt: 10,
  Relu: 11,
  ReluGrad: 12,
  Select: 13,
  SelectV2: 13,
  Greater: 14,
  GreaterEqual: 15,
  Less: 16,
  LessEqual: 17,
  LogicalAnd: 18,
  LogicalOr: 19,
  LogicalNot: 20,
  IsNan: 21,
};

/** To the nearest bfloat16, as every operation in bfloat16 ends. */
const rounding = 22;

const types: readonly number[] = [dtypes.float32, dtypes.bool, dtypes.bfloat16];

/** Entries from which a chain is made: on fewer its operations cost nothing. */
const fewest = 1024;

/** Operations of a chain at most: their results for a block of entries have to stay in the cache. */
const longest = 32;

/** Entries below which TensorFlow broadcasts an innermost axis slowly. */
const narrow = 256;

/** What an operation reads: for entry i of its result the one at (i / repeat) mod size. */
interface Source {
  readonly value: Value;
  readonly repeat: number;
  readonly size: number;
}

/**
 * The same graph, in which elementwise operations on results of one shape that feed each other are one operation, with the
 * same bits: it reads and writes memory once and not once each, and what is broadcast, such as a value for each channel or
 * image, costs no more than the rest.
 */
export function withElementwise(binding: Binding, recorded: Graph): Graph {
  if (!binding.hasElementwise || binding.isUsingGpuDevice()) return recorded;
  const graph = withoutIdentities(recorded);
  const nodes = [...graph.nodes];
  const replaced = new Map<number, Value>();
  for (const members of chainsOf(graph)) {
    const kept = usedOutside(graph, members);
    kept.forEach((member, output) => replaced.set(member, { node: nodes.length, output }));
    nodes.push(chain(graph, members, kept));
  }
  return withReplaced({ ...graph, nodes }, replaced);
}

/** Without operations that return what they are given. */
function withoutIdentities(graph: Graph): Graph {
  const replaced = new Map<number, Value>();
  graph.nodes.forEach((node, index) => {
    if (node.kind !== 'operation' || !['Reshape', 'Cast', 'Identity'].includes(node.op)) return;
    const [given] = inputsOf(node);
    const info = given && graph.nodes[given.node]?.outputs[given.output];
    const own = node.outputs[0];
    if (!given || !info?.shape || !own?.shape || own.shape.some((size) => size <= 0)) return;
    if (info.dtype !== own.dtype || info.shape.join() !== own.shape.join()) return;
    replaced.set(index, (given.output === 0 ? replaced.get(given.node) : undefined) ?? given);
  });
  return withReplaced(graph, replaced);
}

/** The nodes of each chain that is worth an operation, in the order in which they can run. */
function chainsOf(graph: Graph): number[][] {
  const live = liveNodes(graph);
  const members = graph.nodes.map((node, index) => (live[index] ? sourcesOf(graph, node) : undefined));
  // How many operations of another kind or shape lie before a node at most: what depends on a chain by way of one is on a
  // higher level, so that nothing comes both after a chain and before it.
  const levels: number[] = [];
  const chains = new Map<number, number[]>();
  const chainAt: (number[] | undefined)[] = [];
  graph.nodes.forEach((node, index) => {
    const sources = members[index];
    const before = sources ? sources.map(({ value }) => value) : inputsOf(node);
    const feeds = (value: Value) =>
      sources && members[value.node] && shapeOf(graph, value).join() === node.outputs[0]?.shape?.join();
    const level = Math.max(0, ...before.map((value) => (levels[value.node] ?? 0) + (feeds(value) ? 0 : 1)));
    levels.push(level);
    if (!sources) return;
    let own = [index];
    for (const value of before.filter(feeds)) {
      const other = chainAt[value.node];
      if (!other || other === own || levels[value.node] !== level) continue;
      chains.delete(other[0] ?? -1);
      own = [...other, ...own];
      for (const member of own) chainAt[member] = own;
    }
    chainAt[index] = own;
    own.sort((a, b) => a - b);
    chains.set(own[0] ?? -1, own);
  });
  const pieces = [...chains.values()].flatMap((chain) =>
    chain.flatMap((_, i) => (i % longest === 0 ? [chain.slice(i, i + longest)] : [])),
  );
  return pieces.filter((chain) => isWorthIt(chain, members));
}

function isWorthIt(chain: readonly number[], members: readonly (Source[] | undefined)[]): boolean {
  if (chain.length > 1) return true;
  return chain.some((index) =>
    members[index]?.some(({ repeat, size }) => repeat === 1 && size > 1 && size < narrow),
  );
}

/** What an operation that can be part of a chain reads; nothing of others. */
function sourcesOf(graph: Graph, node?: Node): Source[] | undefined {
  if (node?.kind !== 'operation' || !(node.op in arithmetic || isCast(node))) return undefined;
  const shape = node.outputs[0]?.shape;
  if (!shape || sizeOf(shape) < fewest || shape.some((size) => size < 1)) return undefined;
  // A condition of fewer axes is for whole rows.
  if (node.op === 'Select' && shapeOf(graph, inputsOf(node)[0] as Value).join() !== shape.join())
    return undefined;
  const sources = inputsOf(node).map((value) => sourceOf(graph, value, shape));
  return sources.every((source) => source !== undefined) ? sources : undefined;
}

/** Whether an operation casts to float32 or bfloat16. */
function isCast({ op, outputs }: Operation & Node): boolean {
  return op === 'Cast' && [dtypes.float32, dtypes.bfloat16].includes(outputs[0]?.dtype as 1 | 14);
}

/** How a value is broadcast to a shape; undefined where no run of its axes is all it has. */
function sourceOf(graph: Graph, given: Value, shape: readonly number[]): Source | undefined {
  const value = untiled(graph, given);
  const info = graph.nodes[value.node]?.outputs[value.output];
  if (!info?.shape || !types.includes(info.dtype)) return undefined;
  const axes = [...shape.slice(info.shape.length).map(() => 1), ...info.shape];
  const first = axes.findIndex((size) => size !== 1);
  if (first < 0) return { value, repeat: 1, size: 1 };
  const end = axes.findLastIndex((size) => size !== 1) + 1;
  if (axes.slice(first, end).some((size, i) => size !== shape[first + i])) return undefined;
  return { value, repeat: sizeOf(shape.slice(end)), size: sizeOf(axes) };
}

/** What a tensor repeats by whole axes, so that broadcasting does the same; itself where it does not. */
function untiled({ nodes }: Graph, value: Value): Value {
  const tile = nodes[value.node];
  if (tile?.kind !== 'operation' || tile.op !== 'Tile') return value;
  const [given] = inputsOf(tile);
  const shape = given && nodes[given.node]?.outputs[given.output]?.shape;
  const tiled = tile.outputs[0]?.shape;
  const isBroadcast = shape && tiled?.every((size, axis) => size === shape[axis] || shape[axis] === 1);
  return isBroadcast ? given : value;
}

/** The members of a chain whose results are needed elsewhere. */
function usedOutside(graph: Graph, members: readonly number[]): number[] {
  const own = new Set(members);
  const live = liveNodes(graph);
  const used = new Set(resultsOf(graph).map(({ node }) => node));
  graph.nodes.forEach((node, index) => {
    if (live[index] && !own.has(index)) for (const input of inputsOf(node)) used.add(input.node);
  });
  return members.filter((member) => used.has(member));
}

/** Our own operation, in src/native/binding/elementwiseOp.cc. */
function chain(graph: Graph, members: readonly number[], kept: readonly number[]): Node {
  const shape = graph.nodes[members[0] ?? -1]?.outputs[0]?.shape ?? [];
  const sources = new Map<string, Source>();
  const own = new Set(members);
  const read = members.map((member) => sourcesOf(graph, graph.nodes[member]) ?? []);
  const key = ({ value, repeat, size }: Source) => `${value.node} ${value.output} ${repeat} ${size}`;
  for (const source of read.flat()) if (!own.has(source.value.node)) sources.set(key(source), source);
  const places = [...sources.keys()];
  // A member's value by its node, and the others' by their key.
  const numbers = new Map<number, number>();
  const number = (source?: Source) =>
    source ? (numbers.get(source.value.node) ?? places.indexOf(key(source))) : 0;
  const instructions: number[] = [];
  members.forEach((member, i) => {
    const { op, outputs } = graph.nodes[member] as Operation & Node;
    const [a, b, c] = (read[i] ?? []) as [Source, Source?, Source?];
    const add = (op: number, ...operands: readonly number[]) => {
      numbers.set(member, places.length + instructions.length / 4);
      instructions.push(op, ...operands);
    };
    numbers.set(member, number(a));
    const isNarrow = outputs[0]?.dtype === dtypes.bfloat16;
    if (op !== 'Cast') add(arithmetic[op] ?? NaN, number(a), number(b), number(c));
    if (isNarrow) add(rounding, numbers.get(member) ?? NaN, 0, 0);
  });
  const infos = (values: readonly Value[]) =>
    values.map(({ node, output }) => graph.nodes[node]?.outputs[output] ?? { dtype: 0, shape: null });
  const [inputs, results] = [
    [...sources.values()].map(({ value }) => value),
    kept.map((node) => ({ node, output: 0 })),
  ];
  const list = (name: string, type: number, value: readonly number[]) => ({ name, type, value });
  return {
    kind: 'operation',
    op: 'RoarbookElementwise',
    inputs: [inputs],
    attributes: [
      list(
        'Tin',
        kinds.type,
        infos(inputs).map(({ dtype }) => dtype),
      ),
      list(
        'Tout',
        kinds.type,
        infos(results).map(({ dtype }) => dtype),
      ),
      list('shape', kinds.integer, shape),
      list('instructions', kinds.integer, instructions),
      list(
        'sources',
        kinds.integer,
        [...sources.values()].flatMap(({ repeat, size }) => [repeat, size]),
      ),
      list(
        'targets',
        kinds.integer,
        kept.map((member) => numbers.get(member) ?? NaN),
      ),
    ],
    outputs: infos(results),
  };
}
