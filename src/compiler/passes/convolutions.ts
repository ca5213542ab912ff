import { attributeOf, isChannelsLast, shapeOf, type Graph, type Operation, type Value } from '../graph.js';

/** A convolution, or its gradient in its images or filters. */
export interface Convolution {
  readonly gradientIn?: 'images' | 'filters';
  /** Of the gradient in the images, instead of them, the result's gradient. */
  readonly images: Value;
  /** [rows, columns, C, K]; of the gradient in them, instead of them, the result's gradient. */
  readonly filters: Value;
  readonly stride: number;
  /** Rows and columns of zeros before the convolution's images. */
  readonly before: number;
  /** Height and width of what the operation returns; of the gradient in the filters, theirs. */
  readonly result: readonly [number, number];
}

const gradients: Readonly<Record<string, Convolution['gradientIn']>> = {
  Conv2D: undefined,
  Conv2DBackpropInput: 'images',
  Conv2DBackpropFilter: 'filters',
};

/**
 * Describes a Conv2D or a gradient of one; nothing where rows and columns are treated differently, filters
 * dilated, or channels not the last axis.
 *
 * @param shape - Of what the operation returns.
 */
export function convolutionOf(
  graph: Graph,
  node: Operation,
  shape: readonly number[],
): Convolution | undefined {
  if (!(node.op in gradients) || !isChannelsLast(node)) return undefined;
  const gradientIn = gradients[node.op];
  const [first, second, third] = node.inputs as readonly [Value, Value, Value];
  const images = gradientIn === 'images' ? third : first;
  const filters = gradientIn === 'filters' ? third : second;
  const [, stride = 1, across] = attributeOf(node, 'strides') as readonly number[];
  const dilations = (attributeOf(node, 'dilations') ?? []) as readonly number[];
  const padding = String(attributeOf(node, 'padding'));
  if (stride !== across || dilations.some((dilation) => dilation !== 1)) return undefined;
  if (!['SAME', 'VALID'].includes(padding)) return undefined;
  const [of, by] = [images, filters].map((value) => shapeOf(graph, value));
  // What the convolution takes, with how many taps, and what it returns.
  const [from = [], taps = [], to = []] =
    gradientIn === 'images' ? [shape, by, of] : gradientIn === 'filters' ? [of, shape, by] : [of, by, shape];
  const [height = 0, width = 0] = gradientIn === 'filters' ? shape : shape.slice(1);
  // A size of 0 is one that depends on values.
  if ([...from.slice(1), ...to.slice(1), height, width].some((size) => size === 0)) return undefined;
  if (from.length !== 4 || to.length !== 4) return undefined;
  const [before = 0, beside] = [1, 2].map((axis) => {
    const missing = ((to[axis] ?? 0) - 1) * stride + (taps[axis - 1] ?? 0) - (from[axis] ?? 0);
    return padding === 'SAME' ? Math.max(0, Math.floor(missing / 2)) : 0;
  });
  if (before !== beside) return undefined;
  const convolution: Convolution = { gradientIn, images, filters, stride, before, result: [height, width] };
  return gradientIn === 'images' ? convolution : unpadded(graph, convolution);
}

/** A convolution of images that were padded with zeros just before, as one of the images themselves. */
function unpadded(graph: Graph, convolution: Convolution): Convolution {
  const pad = zeroPadding(graph, convolution.images);
  if (!pad) return convolution;
  const [n, m, above = 0, below = 0, left = 0, right = 0, ...channels] = pad.paddings;
  // Rows that were to be cut off would be read.
  if ([n, m, ...channels].join() !== '0,0,0,0' || above !== left || Math.min(above, below, right) < 0)
    return convolution;
  return { ...convolution, images: pad.of, before: convolution.before + above };
}

/** What a tensor of images has at every other pixel of every other row, from the first on, if it was made so by zeros between. */
export function spreadOf(graph: Graph, images: Value): Value | undefined {
  const reshape = graph.nodes[images.node];
  if (reshape?.kind !== 'operation' || reshape.op !== 'Reshape') return undefined;
  const pad = zeroPadding(graph, reshape.inputs[0] as Value);
  if (!pad) return undefined;
  const [n, rows, one, columns, other, channels, ...further] = shapeOf(graph, pad.of);
  const whole = [n, 2 * (rows ?? 0), 2 * (columns ?? 0), channels];
  const isSpread =
    shapeOf(graph, images).join() === whole.join() &&
    [one, other, ...further].join() === '1,1' &&
    pad.paddings.join() === '0,0,0,0,0,1,0,0,0,1,0,0';
  return isSpread ? pad.of : undefined;
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

/** What a node pads with zeros, if it does, and with how many before and after along each axis. */
function zeroPadding(graph: Graph, { node }: Value): { of: Value; paddings: readonly number[] } | undefined {
  const pad = graph.nodes[node];
  if (pad?.kind !== 'operation' || !['Pad', 'PadV2'].includes(pad.op)) return undefined;
  const [of, paddings, value] = pad.inputs as readonly [Value, Value, Value?];
  return value && numbers(graph, value)[0] !== 0 ? undefined : { of, paddings: numbers(graph, paddings) };
}

/** The values of a constant; none where it depends on values. */
function numbers({ nodes }: Graph, { node }: Value): readonly number[] {
  const constant = nodes[node];
  return constant?.kind === 'constant' ? [...constant.values] : [];
}
