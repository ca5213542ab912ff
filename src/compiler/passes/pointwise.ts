import { shapeOf, type Graph, type Node, type Operation, type Value } from '../graph.js';
import { dtypes, kinds, typeAttribute } from '../native.js';
import { convolutionOf } from './convolutions.js';
import { withReplaced } from './replacement.js';

/** Channels from which oneDNN's gradient is right. */
const enough = 8;

/**
 * The same graph, in which gradients in the filters of strided 1×1 convolutions of few channels take the pixels that the convolution
 * reads, cut out before, at stride 1. Of all pixels, oneDNN's is wrong on a processor with AVX2 (by up to 0.4 of its terms' sizes) and
 * differs from call to call.
 */
export function withPointwise(graph: Graph): Graph {
  const nodes = [...graph.nodes];
  const replaced = new Map<number, Value>();
  graph.nodes.forEach((node, index) => {
    const stride = strideOf(graph, node);
    if (node.kind !== 'operation' || stride === undefined) return;
    const [images, ...rest] = node.inputs as readonly Value[];
    const shape = shapeOf(graph, images as Value);
    const row = (values: readonly number[]): Value => {
      const constant = {
        kind: 'constant',
        dtype: dtypes.int32,
        shape: [4],
        values: Int32Array.from(values),
      } as const;
      return {
        node: nodes.push({ ...constant, outputs: [{ dtype: dtypes.int32, shape: [4] }] }) - 1,
        output: 0,
      };
    };
    const cut: Operation & Pick<Node, 'outputs'> = {
      kind: 'operation',
      op: 'StridedSlice',
      inputs: [images as Value, row([0, 0, 0, 0]), row(shape), row([1, stride, stride, 1])],
      attributes: [typeAttribute('T', dtypes.float32), typeAttribute('Index', dtypes.int32)],
      outputs: [
        {
          dtype: dtypes.float32,
          shape: shape.map((size, axis) => Math.ceil(size / (axis % 3 ? stride : 1))),
        },
      ],
    };
    const pixels = { node: nodes.push(cut) - 1, output: 0 };
    const attributes = node.attributes.map((attribute) =>
      attribute.name === 'strides' ? { ...attribute, type: kinds.integer, value: [1, 1, 1, 1] } : attribute,
    );
    replaced.set(index, {
      node: nodes.push({ ...node, inputs: [pixels, ...rest], attributes }) - 1,
      output: 0,
    });
  });
  return withReplaced({ ...graph, nodes }, replaced);
}

/** The stride of such a convolution whose gradient a node is. */
function strideOf(graph: Graph, node: Node): number | undefined {
  const [info] = node.outputs;
  if (node.kind !== 'operation' || node.op !== 'Conv2DBackpropFilter' || info?.dtype !== dtypes.float32)
    return undefined;
  const [height, width, channels = 0] = info.shape ?? [];
  const stride = convolutionOf(graph, node, info.shape ?? [])?.stride ?? 1;
  return height === 1 && width === 1 && channels < enough && stride > 1 ? stride : undefined;
}
