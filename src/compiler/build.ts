import { emit, removeFunction, type NativeFunction } from './emit.js';
import { explainFixed } from './explain.js';
import { usesOneDnn } from './filters.js';
import type { Graph } from './graph.js';
import type { Binding } from './native.js';
import { call } from './nativeGraph.js';
import type { Precision } from './precision.js';
import { folded } from './passes/folding.js';
import { hoisted } from './passes/hoisting.js';

/**
 * Makes a recorded graph a native function.
 *
 * Where results may be rounded otherwise than eagerly, fixed factors go into filters, and what is the same at each call is computed here.
 *
 * @param handles - Of the variables, which fixed ones are read from.
 */
export function build(
  binding: Binding,
  recorded: Graph,
  { handles, precision }: { handles: readonly number[]; precision: Precision },
): NativeFunction {
  const gpu = binding.isUsingGpuDevice();
  if (!gpu && !usesOneDnn(binding)) return emit(binding, recorded, { precision });
  const { once, graph } = hoisted(folded(recorded, { splits: binding.hasElementwise && !gpu }));
  const computed = compute(binding, once, handles);
  let native: NativeFunction | undefined;
  try {
    // An infinite factor would make NaN of what is infinite.
    if (computed.every((id) => isFinite(binding, id))) native = emit(binding, graph, { precision, computed });
  } finally {
    if (!native) for (const id of computed) binding.deleteTensor(id);
  }
  return native ?? emit(binding, recorded, { precision });
}

/** The outputs, as tensors that the caller deletes. */
function compute(binding: Binding, once: Graph, handles: readonly number[]): number[] {
  if (once.outputs.length === 0) return [];
  const native = emit(binding, once, { precision: 'float32' });
  try {
    const ids = [...native.state.map((index) => handles[index] ?? -1), ...native.constants];
    return call(binding, native, ids).map(({ id }) => id);
  } catch (cause) {
    throw explainFixed(cause);
  } finally {
    removeFunction(binding, native);
  }
}

function isFinite(binding: Binding, id: number): boolean {
  return binding.tensorDataSync(id).every(Number.isFinite);
}
