import { keepsFilter } from './filters.js';
import { attributeOf, shapeOf, type Graph, type Node, type Operation, type Value } from './graph.js';
import { kinds, type Binding } from './native.js';

/** Our own operation, in src/native/binding/winogradOp.cc. */
const op = 'RoarbookWinograd';

/** Channels that the operation works on at once. */
const block = 16;

/**
 * Channels from which it pays, measured with 1 to 128 images of 4×4 to 32×32 pixels in one thread (Zen 5): with 32 to 512 channels
 * it is 1.15 to 1.7 times as fast as oneDNN, with 16 as fast. Only with 512 channels of a single 4×4 image it takes 1.1 times as long.
 */
const fewest = 32;

/**
 * The same graph, in which 3×3 convolutions with filters that never change take Winograd's way, F(2×2, 3×3): 16 products in place
 * of 36, and sums that are as exact as the direct ones.
 *
 * @see Lavin & Gray 2016, arXiv:1509.09308.
 */
export function withWinograd(binding: Binding, graph: Graph): Graph {
  if (!binding.hasWinograd) return graph;
  const nodes = graph.nodes.map((node): Node =>
    node.kind === 'operation' && keepsFilter(binding, graph, node) && suits(graph, node)
      ? { ...winograd(node), outputs: node.outputs }
      : node,
  );
  return { ...graph, nodes };
}

function winograd(convolution: Operation): Operation {
  const [images, filter, addends = []] = convolution.inputs as readonly [Value, Value, (readonly Value[])?];
  const steps = attributeOf(convolution, 'fused_ops') as string[] | undefined;
  return {
    kind: 'operation',
    op,
    inputs: [images, filter, addends],
    attributes: [{ name: 'relu', type: kinds.boolean, value: steps?.includes('Relu') ?? false }],
  };
}

/** Whether a convolution is one of 3×3, stride 1 and unchanged height and width, on whole blocks of channels. */
function suits(graph: Graph, convolution: Operation): boolean {
  const [images = [], filter = []] = (convolution.inputs.slice(0, 2) as Value[]).map((input) =>
    shapeOf(graph, input),
  );
  const [height, width, ...channels] = filter;
  const isOne = (name: string) => [attributeOf(convolution, name) ?? []].flat().every((value) => value === 1);
  return (
    height === 3 &&
    width === 3 &&
    channels.every((count) => count % block === 0 && count >= fewest) &&
    images.length === 4 &&
    attributeOf(convolution, 'padding') === 'SAME' &&
    isOne('strides') &&
    isOne('dilations')
  );
}
