import { attributeOf, isChannelsLast, type Node, type Operation, type Value } from './graph.js';
import { dtypes, kinds, typeAttribute, type Attribute } from './native.js';

/** A convolution along height or width. */
interface Axis {
  /** Places of the filter, and of the result. */
  readonly taps: number;
  readonly steps: number;
  /** Zeros before and after the images, which then hold whole strides for all that the taps meet. */
  readonly margins: readonly [before: number, after: number];
}

/** A gradient in a filter [rows.taps, columns.taps, channels, filters] of images [batch, height, width, channels]. */
export interface FilterGradient {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly stride: number;
  readonly rows: Axis;
  readonly columns: Axis;
}

type Shape = readonly number[];
/** Adds a node to a graph and returns its number. */
type Push = (node: Node) => number;

/** Products are faster from so many channels on, and up to so many pixels of the result. */
const limits = { unit: { channels: 256, pixels: 16 }, strided: { channels: 128, pixels: 64 } };

/**
 * Describes a Conv2DBackpropFilter that matrix products compute faster in bfloat16: oneDNN's operation is made for large images
 * of few channels. On two cores with AVX512_BF16, for 64 images, it takes 19 ms for 512 channels of 4 × 4 pixels, which take
 * products 11.5; from 256 channels of 8 × 8 to 512 with stride 2, 10.6 and 3.6; from 128 of 16 × 16 to 256, 7.0 and 5.0.
 */
export function productsFor(
  operation: Operation,
  { images, gradient, filter }: { images: Shape; gradient: Shape; filter: Shape },
): FilterGradient | undefined {
  const [batch = 0, ...sizes] = images;
  const [, ...steps] = gradient;
  const [, stride = 1, across] = attributeOf(operation, 'strides') as Shape;
  const [down = 1, right = 1, channels = 0, filters = 0] = filter;
  const padding = String(attributeOf(operation, 'padding'));
  if (stride !== across || !/^(SAME|VALID)$/.test(padding) || down * right === 1) return undefined;
  if (!isChannelsLast(operation)) return undefined;
  const limit = stride === 1 ? limits.unit : limits.strided;
  const [rows, columns] = [down, right].map((taps, i) =>
    axisOf({ size: sizes[i] ?? 0, taps, steps: steps[i] ?? 0, stride, padding }),
  );
  if (!rows || !columns || rows.steps * columns.steps > limit.pixels) return undefined;
  if (Math.min(channels, filters) < limit.channels) return undefined;
  return { batch, channels, filters, stride, rows, columns };
}

/** Nothing where the images have pixels that no tap meets. */
function axisOf({
  size,
  taps,
  steps,
  stride,
  padding,
}: Omit<Axis, 'margins'> & { size: number; stride: number; padding: string }): Axis | undefined {
  const missing = Math.max((steps - 1) * stride + taps - size, 0);
  const before = padding === 'SAME' ? Math.floor(missing / 2) : 0;
  const after = strides({ taps, steps }, stride) * stride - before - size;
  return after < 0 ? undefined : { taps, steps, margins: [before, after] };
}

/** How many strides the taps meet. */
function strides({ taps, steps }: Pick<Axis, 'taps' | 'steps'>, stride: number): number {
  return steps + Math.ceil((taps - 1) / stride);
}

/** Adds the products to a graph, one for each place of the filter, and returns the node of the gradient. All in bfloat16. */
export function pushProducts(
  push: Push,
  { images, gradient }: { images: Value; gradient: Value },
  { batch, channels, filters, stride, rows, columns }: FilterGradient,
): number {
  const T = typeAttribute('T', dtypes.bfloat16);
  const operation = (
    op: string,
    shape: Shape,
    inputs: Operation['inputs'],
    attributes: readonly Attribute[],
  ): Value => ({
    node: push({
      kind: 'operation',
      op,
      inputs,
      attributes,
      outputs: [{ dtype: dtypes.bfloat16, shape: [...shape] }],
    }),
    output: 0,
  });
  const numbers = (values: Shape, shape: Shape = [values.length]): Value => ({
    node: push({
      kind: 'constant',
      dtype: dtypes.int32,
      shape,
      values: Int32Array.from(values),
      outputs: [{ dtype: dtypes.int32, shape: [...shape] }],
    }),
    output: 0,
  });
  const reshaped = (value: Value, shape: Shape): Value =>
    operation('Reshape', shape, [value, numbers(shape)], [T, typeAttribute('Tshape', dtypes.int32)]);

  const [down, across] = [rows, columns].map((axis) => strides(axis, stride)) as [number, number];
  const padded = operation(
    'Pad',
    [batch, down * stride, across * stride, channels],
    [images, numbers([0, 0, ...rows.margins, ...columns.margins, 0, 0], [4, 2])],
    [T, typeAttribute('Tpaddings', dtypes.int32)],
  );
  // Where a tap meets the images are rows and columns one stride apart: neighbours, once each stride is an axis of its own.
  const apart = reshaped(padded, [batch, down, stride, across, stride, channels]);
  const size = [batch, rows.steps, 1, columns.steps, 1, channels];
  const pixels = batch * rows.steps * columns.steps;
  const flat = reshaped(gradient, [pixels, filters]);
  const products = Array.from({ length: rows.taps * columns.taps }, (_, tap) => {
    const [row, column] = [Math.floor(tap / columns.taps), tap % columns.taps];
    const begin = [
      0,
      Math.floor(row / stride),
      row % stride,
      Math.floor(column / stride),
      column % stride,
      0,
    ];
    const met = operation(
      'Slice',
      size,
      [apart, numbers(begin), numbers(size)],
      [T, typeAttribute('Index', dtypes.int32)],
    );
    return operation(
      'MatMul',
      [channels, filters],
      [reshaped(met, [pixels, channels]), flat],
      [
        { name: 'transpose_a', type: kinds.boolean, value: true },
        { name: 'transpose_b', type: kinds.boolean, value: false },
        T,
      ],
    );
  });
  const attributes = [
    { name: 'N', type: kinds.integer, value: products.length },
    T,
    { name: 'axis', type: kinds.integer, value: 0 },
  ];
  const packed = operation('Pack', [products.length, channels, filters], [products], attributes);
  return reshaped(packed, [rows.taps, columns.taps, channels, filters]).node;
}
