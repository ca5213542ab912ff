import type { Graph, Node, Operation, Value } from '../graph.js';
import { dtypes, type OutputInfo } from '../native.js';
import { attributesOf, castOf, type FloatType } from './types.js';

/** Inputs of an operation that may be bfloat16; its first output then is. The others keep their type. */
interface Rule {
  readonly inputs: readonly number[];
  /** Whether the first output goes on as float32 only: a gradient of weights, which are updated in float32. */
  readonly widens?: boolean;
  /** Whether the first output keeps its type: it is no number, or a gradient of weights. */
  readonly keeps?: boolean;
  /** 'always', or only if what it works on is bfloat16 already, so that it lies between operations that gain. */
  readonly when: 'always' | 'between';
  /** oneDNN is fast only if the number of channels is a multiple of 16: for 8 it takes twelve times as long as float32. */
  readonly wholeBlocks?: boolean;
}

/** Channels that AVX-512 works on at once. */
const block = 16;

const rules: Readonly<Record<string, Rule>> = {
  Conv2D: { inputs: [0, 1], when: 'always' },
  Conv2DBackpropInput: { inputs: [1, 2], when: 'always' },
  Conv2DBackpropFilter: { inputs: [0, 2], when: 'always', widens: true },
  RoarbookWinograd: { inputs: [0, 3], when: 'always' },
  RoarbookWinogradGradient: { inputs: [0, 3], when: 'always' },
  RoarbookWinogradFilterGradient: { inputs: [0, 1], when: 'always', keeps: true },
  MatMul: { inputs: [0, 1], when: 'always' },
  BatchMatMulV2: { inputs: [0, 1], when: 'always' },
  FusedBatchNormV3: { inputs: [0], when: 'between', wholeBlocks: true },
  FusedBatchNormGradV3: { inputs: [0, 1], when: 'between', wholeBlocks: true },
  Relu: { inputs: [0], when: 'between' },
  ReluGrad: { inputs: [0, 1], when: 'between' },
  IsNan: { inputs: [0], when: 'between', keeps: true },
  Select: { inputs: [1, 2], when: 'between' },
  Add: { inputs: [0, 1], when: 'between' },
  AddV2: { inputs: [0, 1], when: 'between' },
  Sub: { inputs: [0, 1], when: 'between' },
  Mul: { inputs: [0, 1], when: 'between' },
  AddN: { inputs: [0], when: 'between' },
  Pad: { inputs: [0], when: 'between' },
  PadV2: { inputs: [0, 2], when: 'between' },
  Slice: { inputs: [0], when: 'between' },
  Reshape: { inputs: [0], when: 'between' },
  MaxPool: { inputs: [0], when: 'between' },
  MaxPoolGrad: { inputs: [0, 1, 2], when: 'between' },
};

/**
 * The same graph with convolutions, matrix products and what lies between them in bfloat16.
 *
 * Variables, inputs, outputs, statistics, loops and everything else stay float32; sums within a product are float32 in any case.
 */
export function narrowed(graph: Graph): Graph {
  return new Narrowing(graph).graph;
}

class Narrowing {
  readonly graph: Graph;
  readonly #nodes: Node[] = [];
  readonly #from: Graph;
  /** By the old value's name: the new float32 value, the new bfloat16 value, or both once they are needed. */
  readonly #wide = new Map<string, Value>();
  readonly #narrow = new Map<string, Value>();

  constructor(from: Graph) {
    this.#from = from;
    from.nodes.forEach((node, index) => this.#copy(node, index));
    this.graph = {
      nodes: this.#nodes,
      outputs: from.outputs.map((value) => this.#asWide(value)),
      updates: new Map([...from.updates].map(([variable, value]) => [variable, this.#asWide(value)])),
      descents: from.descents?.map(({ rate, gradient, momentum, ...variables }) => ({
        ...variables,
        rate: this.#asWide(rate),
        gradient: this.#asWide(gradient),
        momentum: this.#asWide(momentum),
      })),
    };
  }

  #copy(node: Node, index: number): void {
    const rule = node.kind === 'operation' ? rules[node.op] : undefined;
    if (node.kind === 'operation' && rule && this.#gains(node, rule)) {
      this.#copyNarrow(node, index, rule);
      return;
    }
    const copied = this.#push(this.#rewired(node));
    node.outputs.forEach((_, output) =>
      this.#wide.set(name({ node: index, output }), { node: copied, output }),
    );
  }

  #rewired(node: Node): Node {
    switch (node.kind) {
      case 'operation':
        return { ...node, inputs: node.inputs.map((input) => this.#wideInput(input)) };
      case 'loop':
        return { ...node, inputs: node.inputs.map((value) => this.#asWide(value)) };
      default:
        return node;
    }
  }

  #copyNarrow(node: Operation & { outputs: readonly OutputInfo[] }, index: number, rule: Rule): void {
    const inputs = node.inputs.map((input, i) => {
      if (!rule.inputs.includes(i)) return this.#wideInput(input);
      return 'node' in input ? this.#asNarrow(input) : input.map((value) => this.#asNarrow(value));
    });
    const attributes = attributesOf(node, dtypes.bfloat16);
    const isNarrow = (output: number) => output === 0 && !rule.keeps;
    const outputs = node.outputs.map((info, i) => (isNarrow(i) ? { ...info, dtype: dtypes.bfloat16 } : info));
    const copied = this.#push({ ...node, inputs, attributes, outputs });
    outputs.forEach((_, output) => {
      const values = isNarrow(output) ? this.#narrow : this.#wide;
      values.set(name({ node: index, output }), { node: copied, output });
    });
    if (rule.widens) {
      this.#asWide({ node: index, output: 0 });
      this.#narrow.delete(name({ node: index, output: 0 }));
    }
  }

  /** float32 operations only; those 'between' need their data in bfloat16, and vectors beside it at most. */
  #gains(node: Operation & { outputs: readonly OutputInfo[] }, rule: Rule): boolean {
    const { inputs, when, wholeBlocks, keeps } = rule;
    const info = node.outputs[0];
    if (info?.dtype !== dtypes.float32 && !keeps) return false;
    if (wholeBlocks && (info?.shape?.at(-1) ?? 0) % block !== 0) return false;
    if (when === 'always') return true;
    const data = inputs.flatMap((i) => node.inputs[i] ?? []);
    const main = data.filter((value) => this.#narrow.has(name(value)));
    return main.length > 0 && data.every((value) => main.includes(value) || this.#isSmall(value));
  }

  #isSmall({ node, output }: Value): boolean {
    const shape = this.#from.nodes[node]?.outputs[output]?.shape;
    return shape != null && shape.filter((size) => size > 1).length <= 1;
  }

  #wideInput(input: Value | readonly Value[]): Value | readonly Value[] {
    return 'node' in input ? this.#asWide(input) : input.map((value) => this.#asWide(value));
  }

  #asWide(value: Value): Value {
    return this.#cast(value, { have: this.#narrow, want: this.#wide, dtype: dtypes.float32 });
  }

  #asNarrow(value: Value): Value {
    return this.#cast(value, { have: this.#wide, want: this.#narrow, dtype: dtypes.bfloat16 });
  }

  #cast(
    value: Value,
    { have, want, dtype }: { have: Map<string, Value>; want: Map<string, Value>; dtype: FloatType },
  ): Value {
    const there = want.get(name(value));
    if (there) return there;
    const source = have.get(name(value));
    if (!source) throw new RangeError(`node ${value.node} must stand before the nodes that use it`);
    const node = this.#push(castOf({ nodes: this.#nodes }, source, dtype));
    want.set(name(value), { node, output: 0 });
    return { node, output: 0 };
  }

  #push(node: Node): number {
    return this.#nodes.push(node) - 1;
  }
}

function name({ node, output }: Value): string {
  return `${node}:${output}`;
}
