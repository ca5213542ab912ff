import { attributeOf, shapeOf, type Graph, type Operation, type Value } from './graph.js';

/** A convolution, or its gradient in its images, of which then `images` are the result's gradient. */
export interface Convolution {
  readonly gradient: boolean;
  readonly images: Value;
  /** [rows, columns, C, K]. */
  readonly filters: Value;
  readonly stride: number;
  /** Rows and columns of zeros before the convolution's images. */
  readonly before: number;
  /** Height and width of the result. */
  readonly result: readonly [number, number];
}

/** Describes a Conv2D or Conv2DBackpropInput; nothing where rows and columns are treated differently, or filters dilated. */
export function convolutionOf(
  graph: Graph,
  node: Operation,
  shape: readonly number[],
): Convolution | undefined {
  const gradient = node.op === 'Conv2DBackpropInput';
  if (!gradient && node.op !== 'Conv2D') return undefined;
  const [first, filters, third] = node.inputs as readonly [Value, Value, Value?];
  const images = gradient && third ? third : first;
  const [, ...strides] = attributeOf(node, 'strides') as readonly number[];
  const dilations = (attributeOf(node, 'dilations') ?? []) as readonly number[];
  const [stride = 1, across] = strides;
  if (stride !== across || dilations.some((dilation) => dilation !== 1)) return undefined;
  const [from, to] = [shapeOf(graph, images), shape].map(
    ([, height = 0, width = 0]) => [height, width] as const,
  );
  // A size of 0 is one that depends on values.
  if (!from || !to || Math.min(...from, ...to) === 0) return undefined;
  const [sizes, steps] = gradient ? [to, from] : [from, to];
  const taps = shapeOf(graph, filters);
  const befores = [0, 1].map((axis) => {
    const spanned = ((steps[axis] ?? 0) - 1) * stride + (taps[axis] ?? 0);
    return attributeOf(node, 'padding') === 'SAME'
      ? Math.max(0, Math.floor((spanned - (sizes[axis] ?? 0)) / 2))
      : 0;
  });
  const [before = 0] = befores;
  if (befores[1] !== before || !['SAME', 'VALID'].includes(String(attributeOf(node, 'padding'))))
    return undefined;
  const convolution = { gradient, images, filters, stride, before, result: to };
  return gradient ? convolution : unpadded(graph, convolution);
}

/** A convolution of images that were padded with zeros just before, as one of the images themselves. */
function unpadded(graph: Graph, convolution: Convolution): Convolution {
  const pad = graph.nodes[convolution.images.node];
  if (pad?.kind !== 'operation' || !['Pad', 'PadV2'].includes(pad.op)) return convolution;
  const [images, paddings, value] = pad.inputs as readonly [Value, Value, Value?];
  if (value && numbers(graph, value)[0] !== 0) return convolution;
  const [n, m, above = 0, below = 0, left = 0, right = 0, ...channels] = numbers(graph, paddings);
  // Rows that were to be cut off would be read.
  if ([n, m, ...channels].join() !== '0,0,0,0' || above !== left || Math.min(above, below, right) < 0)
    return convolution;
  return { ...convolution, images, before: convolution.before + above };
}

/** The part of a gradient in padded images that belongs to the images, which a node cuts out. */
export function slicedBy(
  graph: Graph,
  gradient: Convolution,
  slice: Operation,
  shape: readonly number[],
): Convolution | undefined {
  const [whole, begin] = slice.inputs as readonly [Value, Value];
  const [n, above = 0, left = 0, ...channels] = numbers(graph, begin);
  const [images, height = 0, width = 0, depth] = shape;
  const of = shapeOf(graph, whole);
  if ([n, ...channels].join() !== '0,0' || above !== left || images !== of[0] || depth !== of[3])
    return undefined;
  return { ...gradient, before: gradient.before + above, result: [height, width] };
}

/** The values of a constant; none where it depends on values. */
function numbers({ nodes }: Graph, { node }: Value): readonly number[] {
  const constant = nodes[node];
  return constant?.kind === 'constant' ? [...constant.values] : [];
}
