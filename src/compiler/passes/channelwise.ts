import { attributeOf, inputsOf, isChannelsLast, liveNodes, shapeOf, sizeOf, usesOf } from '../graph.js';
import type { Graph, Node, Operation, Value } from '../graph.js';
import { dtypes } from '../native.js';
import type { Additions } from './additions.js';

/** Operations whose last axis repeats, or is, what they are given, where it is one row of channels or one number. */
const spreading = ['Reshape', 'Tile', 'Cast'];

/** What is done to all entries of a channel alike: `by` is one number, [], or one per channel, [C]. */
export interface Step {
  readonly op: 'Add' | 'Sub' | 'Mul' | 'RealDiv';
  readonly by: Value;
}

/** Operations one after another that change the entries of each channel alike, of which nothing else uses what lies between. */
export interface Chain {
  /** [N, H, W, C], as all that follows. */
  readonly from: Value;
  /** The node of the last one. */
  readonly end: number;
  readonly steps: readonly Step[];
  /** Whether one of the operations is a batch norm, which is several steps. */
  readonly hasNorm: boolean;
}

/**
 * The longest chains of a graph: batch norm by given statistics, and sums, products and the like with one value per channel.
 *
 * @param to - Takes the reciprocal square roots that tf.batchNorm does not show.
 */
export function chainsOf(graph: Graph, to: Additions): Chain[] {
  const live = liveNodes(graph);
  const uses = usesOf(graph);
  const ending = new Map<number, Chain>();
  graph.nodes.forEach((node, end) => {
    const taken = live[end] && node.kind === 'operation' ? taking(graph, node, to) : undefined;
    if (!taken) return;
    const before = uses[taken.from.node] === 1 ? ending.get(taken.from.node) : undefined;
    if (before) ending.delete(before.end);
    ending.set(end, {
      from: before?.from ?? taken.from,
      end,
      steps: [...(before?.steps ?? []), ...taken.steps],
      hasNorm: taken.hasNorm || (before?.hasNorm ?? false),
    });
  });
  return [...ending.values()];
}

type Taken = Pick<Chain, 'from' | 'steps' | 'hasNorm'>;

/** What an operation does if it changes the entries of each channel alike. */
function taking(graph: Graph, node: Operation & Pick<Node, 'outputs'>, to: Additions): Taken | undefined {
  const [info] = node.outputs;
  const shape = info?.shape ?? [];
  const channels = shape.at(-1) ?? 0;
  // What is small enough to be one value per channel is no image.
  if (shape.length !== 4 || info?.dtype !== dtypes.float32 || sizeOf(shape) <= channels) return undefined;
  const [first, second] = inputsOf(node) as readonly [Value, Value?];
  const isSame = (value: Value) => shapeOf(graph, value).join() === shape.join();
  const step = (op: Step['op'], from: Value, by: Value | undefined): Taken | undefined => {
    const each = by && isSame(from) ? perChannel(graph, by, { channels, to }) : undefined;
    return each && { from, steps: [{ op, by: each }], hasNorm: false };
  };
  switch (node.op) {
    case 'Reshape':
    case 'Cast':
      return isSame(first) && graph.nodes[first.node]?.outputs[first.output]?.dtype === dtypes.float32
        ? { from: first, steps: [], hasNorm: false }
        : undefined;
    case 'Add':
    case 'AddV2':
      return step('Add', first, second) ?? (second && step('Add', second, first));
    case 'Mul':
      return step('Mul', first, second) ?? (second && step('Mul', second, first));
    case 'Sub':
    case 'RealDiv':
      return step(node.op, first, second);
    case 'FusedBatchNorm':
    case 'FusedBatchNormV2':
    case 'FusedBatchNormV3':
      return normalising(node, to);
    default:
      return undefined;
  }
}

/** Batch norm by given statistics: (x − μ)·(1/√(σ² + ε)·γ) + β. */
function normalising(node: Operation, to: Additions): Taken | undefined {
  if (attributeOf(node, 'is_training') !== false || !isChannelsLast(node)) return undefined;
  const [from, scale, offset, mean, variance] = node.inputs as readonly [Value, Value, Value, Value, Value];
  const epsilon = to.number(Number(attributeOf(node, 'epsilon')));
  const root = to.arithmetic('Rsqrt', to.arithmetic('Add', variance, epsilon));
  const steps: Step[] = [
    { op: 'Sub', by: mean },
    { op: 'Mul', by: to.product([root, scale]) ?? scale },
    { op: 'Add', by: offset },
  ];
  return { from, steps, hasNorm: true };
}

/** A value whose rows of channels are all the same as one row, [C], or as one number, []; nothing where they differ. */
function perChannel(
  graph: Graph,
  value: Value,
  { channels, to }: { channels: number; to: Additions },
): Value | undefined {
  const node = graph.nodes[value.node];
  const { shape, dtype } = node?.outputs[value.output] ?? {};
  if (!shape || dtype !== dtypes.float32) return undefined;
  const isNumber = sizeOf(shape) === 1;
  if (!isNumber && shape.at(-1) !== channels) return undefined;
  const source = node?.kind === 'operation' && spreading.includes(node.op) ? inputsOf(node)[0] : undefined;
  const same = source && perChannel(graph, source, { channels, to });
  if (same) return same;
  if (isNumber) return to.reshaped(value, []);
  return sizeOf(shape) === channels ? to.reshaped(value, [channels]) : undefined;
}
