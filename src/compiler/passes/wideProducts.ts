import type { Graph, Node, Value } from '../graph.js';
import { dtypes, typeAttribute } from '../native.js';
import { withReplaced } from './replacement.js';

const products = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'MatMul', 'BatchMatMulV2'];

/**
 * The same graph, in which convolutions and matrix products of bfloat16 are computed in float32 and then rounded, as oneDNN does on a
 * processor with bfloat16. TensorFlow's own round sums on the way, by 2.7 % of a filter's gradient.
 */
export function withWideProducts(graph: Graph): Graph {
  const nodes: Node[] = [...graph.nodes];
  const cast = ({ node, output }: Value, from: number, to: number): Value => {
    const shape = nodes[node]?.outputs[output]?.shape ?? null;
    const attributes = [typeAttribute('SrcT', from), typeAttribute('DstT', to)];
    const outputs = [{ dtype: to, shape }];
    return {
      node:
        nodes.push({ kind: 'operation', op: 'Cast', inputs: [{ node, output }], attributes, outputs }) - 1,
      output: 0,
    };
  };
  const wide = (value: Value) =>
    nodes[value.node]?.outputs[value.output]?.dtype === dtypes.bfloat16
      ? cast(value, dtypes.bfloat16, dtypes.float32)
      : value;
  const replaced = new Map<number, Value>();
  graph.nodes.forEach((node, index) => {
    const [info] = node.outputs;
    if (node.kind !== 'operation' || !products.includes(node.op) || info?.dtype !== dtypes.bfloat16) return;
    const attributes = [
      ...node.attributes.filter(({ name }) => name !== 'T'),
      typeAttribute('T', dtypes.float32),
    ];
    const inputs = node.inputs.map((input) => ('node' in input ? wide(input) : input.map(wide)));
    const outputs = [{ ...info, dtype: dtypes.float32 }];
    const product = { node: nodes.push({ ...node, inputs, attributes, outputs }) - 1, output: 0 };
    replaced.set(index, cast(product, dtypes.float32, dtypes.bfloat16));
  });
  return withReplaced({ ...graph, nodes }, replaced);
}
