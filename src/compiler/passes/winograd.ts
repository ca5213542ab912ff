import { usesOneDnn } from '../filters.js';
import {
  inputsOf,
  isFixed,
  shapeOf,
  usesOf,
  type Graph,
  type Node,
  type Operation,
  type Value,
} from '../graph.js';
import { dtypes, kinds, type Binding } from '../native.js';
import { features } from '../processor.js';
import type { Precision } from '../precision.js';
import { convolutionOf, slicedBy, spreadOf, type Convolution } from './convolutions.js';

/** Channels that the operations work on at once. */
const block = 8;

/**
 * Tiles of the result from which it pays. Filters that change are transformed at each call; those of stride 2 become 25 factors in place
 * of 9, which have to be read.
 */
const fewest = { changing: 64, strided: 16, fixed: 1 };

/** A convolution, and what its result goes through on the way out, in this order. */
interface Winograd {
  readonly convolution: Convolution;
  /** One per channel of the result, added. */
  readonly bias?: Value;
  /** Of the result's shape, added. */
  readonly addend?: Value;
  /** The addend is for every other pixel of every other row, from the first on, and the rest have none. */
  readonly spread?: boolean;
  readonly relu?: boolean;
  /** Of the result's shape: the factor is 0 where this is not above 0, and else 1. */
  readonly gate?: Value;
  /** Whether the result is NaN where the gate is, as of tf.relu's gradient. */
  readonly keepsNaN?: boolean;
}

/**
 * Whether convolutions are to go Winograd's way: the processor has the instructions, and TensorFlow computes with oneDNN. Where it
 * has AMX, bfloat16 is left to oneDNN, whose tiles multiply eight times as much in a cycle as AVX512_BF16's dot products.
 *
 * @param processor - Its features, as Linux lists them.
 */
export function hasWinograd(binding: Binding, precision: Precision, processor = features()): boolean {
  if (!binding.hasWinograd || !usesOneDnn(binding)) return false;
  return precision !== 'bfloat16' || !/\bamx_bf16\b/.test(processor);
}

/**
 * The same graph, in which 3×3 convolutions of stride 1 and 2 and their gradients take Winograd's way: for 2×2 results of stride 1,
 * F(2×2, 3×3), 16 products in place of 36, for stride 2, of F(2, 2) and the taps between, 25. But for the gradient in the filters,
 * they take over padding, what is added to the result, a ReLU of it, and the product with a ReLU's gradient: each would read and
 * write the whole once more.
 *
 * @see Lavin & Gray 2016, arXiv:1509.09308.
 */
export function withWinograd(graph: Graph): Graph {
  const uses = usesOf(graph);
  const found = new Map<number, Winograd>();
  const before = ({ node }: Value) => (uses[node] === 1 ? found.get(node) : undefined);
  const nodes = graph.nodes.map((node, index): Node => {
    if (node.kind !== 'operation') return node;
    const shape = node.outputs[0]?.shape ?? [];
    const winograd = start(graph, node, shape) ?? longer(graph, node, { shape, before });
    if (!winograd) return node;
    if (winograd.convolution.gradientIn !== 'filters') found.set(index, winograd);
    return { ...operation(graph, winograd), outputs: node.outputs };
  });
  return { ...graph, nodes };
}

/** Our own operations, in src/native/binding/winogradOp.cc. */
function operation(
  graph: Graph,
  { convolution, bias, addend, spread, relu, gate, keepsNaN }: Winograd,
): Operation {
  const { gradientIn, images, filters, stride, before, result } = convolution;
  const flag = (name: string, value: boolean) => ({ name, type: kinds.boolean, value });
  const number = (name: string, value: number) => ({ name, type: kinds.integer, value });
  const place = [flag('strided', stride === 2), number('before', before)];
  if (gradientIn === 'filters')
    return {
      kind: 'operation',
      op: 'RoarbookWinogradFilterGradient',
      inputs: [images, filters],
      attributes: place,
    };
  return {
    kind: 'operation',
    op: gradientIn ? 'RoarbookWinogradGradient' : 'RoarbookWinograd',
    inputs: [images, filters, bias ? [bias] : [], [addend, gate].flatMap((value) => value ?? [])],
    attributes: [
      ...place,
      number('height', result[0]),
      number('width', result[1]),
      flag('constant', isFixed(graph, filters)),
      flag('bias', bias !== undefined),
      flag('addend', addend !== undefined),
      flag('spread', spread ?? false),
      flag('relu', relu ?? false),
      flag('gate', gate !== undefined),
      flag('keepsNaN', keepsNaN ?? false),
    ],
  };
}

function start(graph: Graph, node: Operation, shape: readonly number[]): Winograd | undefined {
  const convolution = convolutionOf(graph, node, shape);
  return convolution && suits(graph, convolution, shape) ? { convolution } : undefined;
}

/** In float32, with 3×3 taps and whole blocks of channels, and worth it. */
function suits(graph: Graph, convolution: Convolution, shape: readonly number[]): boolean {
  const { gradientIn, images, filters, stride, before } = convolution;
  const [height, width, ...channels] = gradientIn === 'filters' ? shape : shapeOf(graph, filters);
  if (height !== 3 || width !== 3 || channels.some((count) => count % block !== 0)) return false;
  if (graph.nodes[images.node]?.outputs[images.output]?.dtype !== dtypes.float32) return false;
  if (stride > 2 || (gradientIn === 'images' && before > 1)) return false;
  const [count = 0, ...sizes] = (gradientIn === 'filters' ? shapeOf(graph, filters) : shape).slice(0, 3);
  const results = gradientIn === 'images' && stride === 2 ? 4 : 2;
  const tiles = sizes.reduce((product, size) => product * Math.ceil(size / results), count);
  if (!isFixed(graph, filters)) return tiles >= fewest.changing;
  return tiles >= (stride === 2 ? fewest.strided : fewest.fixed);
}

/** What a node is the end of, if it goes on with a convolution that nothing else uses. */
function longer(
  graph: Graph,
  node: Operation,
  { shape, before }: { shape: readonly number[]; before: (value: Value) => Winograd | undefined },
): Winograd | undefined {
  const [first, second] = node.inputs as readonly [Value?, Value?];
  if (!first || !('node' in first)) return undefined;
  const winograd = before(first);
  switch (node.op) {
    case 'Slice':
      return winograd && cut(graph, winograd, node, shape);
    case 'Relu':
      return winograd && !winograd.gate ? { ...winograd, relu: true } : undefined;
    case 'ReluGrad':
      return winograd && second && !winograd.gate ? { ...winograd, gate: second } : undefined;
    case 'Select':
      return keepingNaN(graph, node, before);
    case 'Add':
    case 'AddV2': {
      if (!second) return undefined;
      const other = before(second);
      return (
        (winograd && plus(graph, winograd, first, second)) ?? (other && plus(graph, other, second, first))
      );
    }
    default:
      return undefined;
  }
}

/** A gate's NaN in the place of what it let through there. */
function keepingNaN(
  { nodes }: Graph,
  select: Operation,
  before: (value: Value) => Winograd | undefined,
): Winograd | undefined {
  const [condition, chosen, rest] = select.inputs as readonly [Value, Value, Value];
  const winograd = before(rest);
  const test = nodes[condition.node];
  if (test?.kind !== 'operation' || test.op !== 'IsNan' || !winograd?.gate) return undefined;
  const isGate = [chosen, ...inputsOf(test)].every(
    ({ node, output }) => node === winograd.gate?.node && output === winograd.gate.output,
  );
  return isGate ? { ...winograd, keepsNaN: true } : undefined;
}

/** The sum of a convolution's result and a bias, or a tensor of its shape. */
function plus(graph: Graph, winograd: Winograd, result: Value, added: Value): Winograd | undefined {
  if (winograd.addend || winograd.relu || winograd.gate) return undefined;
  const [shape, other] = [shapeOf(graph, result), shapeOf(graph, added)];
  if (other.join() === shape.join()) {
    const spread = spreadOf(graph, added);
    return { ...winograd, addend: spread ?? added, spread: spread !== undefined };
  }
  const isBias = other.length === 1 && other[0] === shape.at(-1);
  return isBias && !winograd.bias ? { ...winograd, bias: added } : undefined;
}

/** A gradient without the rows and columns that belong to padding. */
function cut(
  graph: Graph,
  winograd: Winograd,
  slice: Operation,
  shape: readonly number[],
): Winograd | undefined {
  const { convolution, ...rest } = winograd;
  if (Object.keys(rest).length > 0 || convolution.gradientIn !== 'images') return undefined;
  const inner = slicedBy(graph, convolution, slice, shape);
  return inner && suits(graph, inner, shape) ? { convolution: inner } : undefined;
}
