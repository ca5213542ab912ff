import type { Graph, Node, Value } from '../graph.js';
import { dtypes } from '../native.js';
import { withReplaced } from './replacement.js';
import { attributesOf, castOf } from './types.js';

const products = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'MatMul', 'BatchMatMulV2'];

/**
 * The same graph, in which convolutions and matrix products of bfloat16 are computed in float32 and then rounded, as oneDNN does on a
 * processor with bfloat16. TensorFlow's own round sums on the way, by 2.7 % of a filter's gradient.
 */
export function withWideProducts(graph: Graph): Graph {
  const nodes: Node[] = [...graph.nodes];
  const add = (node: Node): Value => ({ node: nodes.push(node) - 1, output: 0 });
  const wide = (value: Value) =>
    nodes[value.node]?.outputs[value.output]?.dtype === dtypes.bfloat16
      ? add(castOf({ nodes }, value, dtypes.float32))
      : value;
  const replaced = new Map<number, Value>();
  graph.nodes.forEach((node, index) => {
    const [info] = node.outputs;
    if (node.kind !== 'operation' || !products.includes(node.op) || info?.dtype !== dtypes.bfloat16) return;
    const attributes = attributesOf(node, dtypes.float32);
    const inputs = node.inputs.map((input) => ('node' in input ? wide(input) : input.map(wide)));
    const outputs = [{ ...info, dtype: dtypes.float32 }];
    const product = add({ ...node, inputs, attributes, outputs });
    replaced.set(index, add(castOf({ nodes }, product, dtypes.bfloat16)));
  });
  return withReplaced({ ...graph, nodes }, replaced);
}
