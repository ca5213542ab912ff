import type { Value } from './graph.js';
import { dtypes } from './native.js';

/** Operations that take a data set's bytes as they are; the attribute of the type follows. */
const takesBytes = new Set(['GatherV2', 'Cast', 'StridedSlice', 'Slice', 'Reshape']);

/** uint8 exists only on the device: gathering and casting take it as it is, anything else sees it as int32. */
export function widened(
  op: string,
  values: readonly Value[],
  { dtypeOf, cast }: { dtypeOf: (value: Value) => number; cast: (value: Value) => Value },
): Value[] {
  const bytes = values.map((value) => dtypeOf(value) === dtypes.uint8);
  if (takesBytes.has(op) && bytes.indexOf(true) === 0) return [...values];
  return values.map((value, i) => (bytes[i] ? cast(value) : value));
}
