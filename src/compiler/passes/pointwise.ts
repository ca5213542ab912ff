import { shapeOf, type Graph, type Node, type Value } from '../graph.js';
import { dtypes, typeAttribute } from '../native.js';
import { Additions } from './additions.js';
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
  const strides = graph.nodes.map((node) => strideOf(graph, node));
  if (strides.every((stride) => stride === undefined)) return graph;
  const to = new Additions(graph);
  const replaced = new Map<number, Value>();
  graph.nodes.forEach((node, index) => {
    const stride = strides[index];
    if (node.kind !== 'operation' || stride === undefined) return;
    const [images, ...rest] = node.inputs as readonly [Value, ...Value[]];
    const shape = shapeOf(graph, images);
    const steps = [1, stride, stride, 1];
    const pixels = to.operation(
      'StridedSlice',
      [images, to.integers([0, 0, 0, 0]), to.integers(shape), to.integers(steps)],
      {
        shape: shape.map((size, axis) => Math.ceil(size / (steps[axis] ?? 1))),
        attributes: [typeAttribute('Index', dtypes.int32)],
      },
    );
    const attributes = node.attributes.map((attribute) =>
      attribute.name === 'strides' ? { ...attribute, value: [1, 1, 1, 1] } : attribute,
    );
    const gradient = to.nodes.push({ ...node, inputs: [pixels, ...rest], attributes }) - 1;
    replaced.set(index, { node: gradient, output: 0 });
  });
  return withReplaced({ ...graph, nodes: to.nodes }, replaced);
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
