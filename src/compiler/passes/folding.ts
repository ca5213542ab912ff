import { fixedNodes, inputsOf, isChannelsLast, liveNodes, shapeOf, sizeOf, usesOf } from '../graph.js';
import type { Graph, Node, Value } from '../graph.js';
import { Additions } from './additions.js';
import { chainsOf, type Chain, type Step } from './channelwise.js';
import { withReplaced } from './replacement.js';

/** Which input of a convolution, and of its gradient in the images, are the images; the filters are the input 1. */
const imagesOf: Readonly<Record<string, number>> = { Conv2D: 0, Conv2DBackpropInput: 2 };

/** Filters that change pay up to so many entries of theirs for one of the images: they are multiplied at each call. */
const worth = 0.5;

/**
 * The same graph, in which a fixed batch norm, and sums and products with one value per channel, go into the filters and a bias of the
 * convolution before them, and their gradients into the filters of the convolution's gradient: a product with each filter in place of
 * one with each entry of the images, and the convolution adds the bias on the way out. Where they cannot go, they stay: a mean that
 * is large beside the deviation would take the digits of both with it into one sum.
 *
 * Rounding differs, and an infinite factor, as of a variance and ε of 0, may make NaN what is infinite.
 *
 * @param options - `splits`: whether a batch norm that stays becomes its difference, product and sum, which can be part of a chain of
 *   elementwise operations; default false.
 */
export function folded(graph: Graph, { splits = false } = {}): Graph {
  return new Folding(graph, splits).graph;
}

class Folding {
  readonly graph: Graph;
  readonly #from: Graph;
  readonly #splits: boolean;
  readonly #to: Additions;
  readonly #fixed: readonly boolean[];
  /** The node that uses a node's result, where only one does. */
  readonly #user: ReadonlyMap<number, number>;
  /** By a convolution's node, the one with multiplied filters. */
  readonly #scaledBefore = new Map<number, number>();
  readonly #replaced = new Map<number, Value>();

  constructor(from: Graph, splits: boolean) {
    this.#from = from;
    this.#splits = splits;
    this.#to = new Additions(from);
    this.#user = usersOf(from);
    const chains = chainsOf(from, this.#to);
    this.#fixed = fixedNodes(this.#to);
    for (const chain of chains) this.#fold(chain);
    const nodes = this.#to.nodes.map((node): Node =>
      node.kind === 'loop' ? { ...node, body: folded(node.body, { splits }) } : node,
    );
    this.graph = withReplaced({ ...from, nodes }, this.#replaced);
  }

  #fold({ from, end, steps, hasNorm }: Chain): void {
    const factor = this.#factor(steps);
    const addend = this.#addend(steps);
    const scaled = (side: 'result' | 'images', convolution: number | undefined) =>
      factor && convolution !== undefined
        ? this.#scaled(convolution, factor, { side, end, from })
        : undefined;
    const before = this.#user.has(from.node) ? scaled('result', from.node) : undefined;
    const user = this.#user.get(end);
    const after = before || addend ? undefined : scaled('images', user);
    if (before) this.#replaced.set(end, addend ? this.#to.arithmetic('Add', before, addend) : before);
    else if (after && user !== undefined) this.#replaced.set(user, after);
    else if (this.#splits && hasNorm)
      this.#replaced.set(
        end,
        steps.reduce((value, { op, by }) => this.#to.arithmetic(op, value, by), from),
      );
  }

  /** What the steps multiply by: the same node as that of their gradient. */
  #factor(steps: readonly Step[]): Value | undefined {
    const product = (op: Step['op']) =>
      this.#to.product(steps.filter((step) => step.op === op).map(({ by }) => by));
    const [above, below] = [product('Mul'), product('RealDiv')];
    return below ? this.#to.arithmetic('RealDiv', above ?? this.#to.number(1), below) : above;
  }

  /** What the steps make of 0. */
  #addend(steps: readonly Step[]): Value | undefined {
    return steps.reduce<Value | undefined>((sum, { op, by }) => {
      if (sum) return this.#to.arithmetic(op, sum, by);
      if (op === 'Sub') return this.#to.arithmetic(op, this.#to.number(0), by);
      return op === 'Add' ? by : undefined;
    }, undefined);
  }

  /**
   * A convolution with multiplied filters instead of its result or its images, where that is possible and pays. It is a node of its
   * own: what is computed of the old one keeps its meaning.
   */
  #scaled(
    index: number,
    factor: Value,
    { side, end, from }: { side: 'result' | 'images'; end: number; from: Value },
  ): Value | undefined {
    const node = this.#to.nodes[this.#scaledBefore.get(index) ?? index];
    if (node?.kind !== 'operation' || !(node.op in imagesOf) || !isChannelsLast(node)) return undefined;
    const place = imagesOf[node.op] ?? 0;
    const [filters, images] = [node.inputs[1], node.inputs[place]] as [Value, Value];
    if (side === 'images' && images.node !== end) return undefined;
    const isOnce = this.#isFixed(filters) && this.#isFixed(factor);
    const entries = sizeOf(shapeOf(this.#from, { node: end, output: 0 }));
    if (!isOnce && sizeOf(shapeOf(this.#to, filters)) > entries * worth) return undefined;
    const isLastAxis = (node.op === 'Conv2D') === (side === 'result');
    const [channels] = shapeOf(this.#to, factor);
    const each = isLastAxis || channels === undefined ? factor : this.#to.reshaped(factor, [channels, 1]);
    const inputs = [...node.inputs];
    inputs[1] = this.#to.arithmetic('Mul', filters, each);
    if (side === 'images') inputs[place] = from;
    const scaled = this.#to.nodes.push({ ...node, inputs }) - 1;
    this.#scaledBefore.set(index, scaled);
    return { node: scaled, output: 0 };
  }

  #isFixed({ node }: Value): boolean {
    const added = this.#to.nodes[node];
    return (
      this.#fixed[node] ?? (added !== undefined && inputsOf(added).every((value) => this.#isFixed(value)))
    );
  }
}

/** By each node whose result is used once, the node that uses it. */
function usersOf(graph: Graph): Map<number, number> {
  const live = liveNodes(graph);
  const uses = usesOf(graph);
  const users = new Map<number, number>();
  graph.nodes.forEach((node, index) => {
    if (live[index])
      inputsOf(node).forEach((input) => uses[input.node] === 1 && users.set(input.node, index));
  });
  return users;
}
