import { canKeepFilter, fusedConvolution, keeping } from '../filters.js';
import { shapeOf, usesOf, type Graph, type Node, type Operation, type Value } from '../graph.js';
import { dtypes, kinds, type Binding } from '../native.js';
import { operation } from '../opdef.js';

/** A convolution, and what is done to its result on the way out. */
interface Fusion {
  readonly convolution: Operation;
  /** The bias, [C], and then what of the result's shape is added. */
  readonly addends: readonly Value[];
  readonly steps: readonly ('BiasAdd' | 'Add')[];
}

/**
 * The same graph, in which a convolution with a filter that never changes takes over the bias that is added to it and the tensor
 * of its shape that is added then: each would read and write the whole result once more. A ReLU stays: oneDNN's makes 0 of NaN.
 */
export function fused(binding: Binding, graph: Graph): Graph {
  const fusions = new Fusions(binding, graph);
  const nodes = graph.nodes.map((node, index): Node => {
    const fusion = fusions.endingAt(index);
    return fusion ? { ...fusedOperation(binding, fusion), outputs: node.outputs } : node;
  });
  return { ...graph, nodes };
}

function fusedOperation(binding: Binding, { convolution, addends, steps }: Fusion): Operation {
  const { attributes } = operation(binding, fusedConvolution);
  return {
    kind: 'operation',
    op: fusedConvolution,
    // The last ones are numbers that other fusions take.
    inputs: [...convolution.inputs, addends, []],
    attributes: [
      ...convolution.attributes.filter(({ name }) => attributes.has(name)),
      ...keeping,
      { name: 'fused_ops', type: kinds.text, value: steps },
      { name: 'TArgs', type: kinds.type, value: addends.map(() => dtypes.float32) },
      { name: 'num_args', type: kinds.integer, value: addends.length },
    ],
  };
}

class Fusions {
  readonly #binding: Binding;
  readonly #graph: Graph;
  readonly #uses: readonly number[];

  constructor(binding: Binding, graph: Graph) {
    this.#binding = binding;
    this.#graph = graph;
    this.#uses = usesOf(graph);
  }

  /** What a node's result is the end of. A longer one that takes over this node leaves it without a use. */
  endingAt(index: number): Fusion | undefined {
    const node = this.#graph.nodes[index];
    if (node?.kind !== 'operation') return undefined;
    const [first, second] = node.inputs;
    if (!first || !('node' in first)) return undefined;
    if (!['Add', 'AddV2'].includes(node.op) || !second || !('node' in second)) return undefined;
    return (
      this.#bias(first, second) ??
      this.#bias(second, first) ??
      this.#sum(first, second) ??
      this.#sum(second, first)
    );
  }

  /** Convolution + [C]. */
  #bias(value: Value, bias: Value): Fusion | undefined {
    const convolution = this.#graph.nodes[value.node];
    if (convolution?.kind !== 'operation' || this.#uses[value.node] !== 1) return undefined;
    if (!canKeepFilter(this.#binding, this.#graph, convolution)) return undefined;
    const [channels, ...further] = this.#shape(bias);
    if (further.length > 0 || channels === undefined || channels !== this.#shape(value).at(-1))
      return undefined;
    return { convolution, addends: [bias], steps: ['BiasAdd'] };
  }

  /** Convolution + bias + a tensor of its shape. */
  #sum(value: Value, addend: Value): Fusion | undefined {
    const before = this.#uses[value.node] === 1 ? this.endingAt(value.node) : undefined;
    if (before?.steps.join() !== 'BiasAdd' || this.#shape(value).join() !== this.#shape(addend).join())
      return undefined;
    return { ...before, addends: [...before.addends, addend], steps: ['BiasAdd', 'Add'] };
  }

  #shape(value: Value): readonly number[] {
    return shapeOf(this.#graph, value);
  }
}
