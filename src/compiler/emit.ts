import { Emitter } from './emitter.js';
import type { Graph } from './graph.js';
import type { Binding } from './native.js';
import { firstOutputs, functionName, withGraph } from './nativeGraph.js';
import { optimised } from './passes/optimise.js';
import type { Precision } from './precision.js';

/** A function of TensorFlow's eager context. */
export interface NativeFunction {
  readonly name: string;
  /** The variables whose handles it takes, in this order, before the inputs. */
  readonly state: readonly number[];
  /** The inputs it takes. */
  readonly inputs: readonly number[];
  /** Tensors of its own that it takes after the inputs: large constants, and what was computed before. */
  readonly constants: readonly number[];
  readonly outputs: number;
  /** Functions that it calls: the parts of its loops. */
  readonly parts: readonly string[];
  /** Of all graphs, those of its loops included. */
  readonly bytes: number;
  /** How many its graphs have, those of its loops included. */
  readonly operations: number;
}

/**
 * Makes a recorded graph a function that the binding's executeOp runs by its name.
 *
 * @param options - `computed`: the tensors of the graph's sources of that kind, which the function keeps.
 */
export function emit(
  binding: Binding,
  recorded: Graph,
  { precision, computed = [] }: { precision: Precision; computed?: readonly number[] },
): NativeFunction {
  const graph = optimised(binding, recorded, precision);
  return withGraph(binding, (id) => {
    const emitter = new Emitter(binding, graph, { id });
    try {
      return finished(binding, { emitter, graph, id, computed });
    } catch (cause) {
      free(binding, { functions: emitter.parts, tensors: [...emitter.large.keys()] });
      throw cause;
    }
  });
}

function finished(
  binding: Binding,
  {
    emitter,
    graph,
    id,
    computed,
  }: { emitter: Emitter; graph: Graph; id: number; computed: readonly number[] },
): NativeFunction {
  emitter.place();
  const assignments = [
    ...[...graph.updates].map(([variable, value]) => emitter.assign(variable, value)),
    ...(graph.descents ?? []).map((descent) => emitter.descend(descent)),
  ];
  const outputs = graph.outputs.map((value) => emitter.output(value));
  const handles = emitter.sources('state');
  const inputs = emitter.sources('input');
  const constants = [
    ...emitter.large,
    ...emitter.sources('computed').map(([index, node]) => [computed[index] ?? -1, node] as const),
  ];
  const placeholders = [...handles, ...inputs, ...constants].map(([, node]) => node);
  const name = functionName();
  const bytes = binding.addFunction(id, name, firstOutputs(placeholders), firstOutputs(outputs), assignments);
  return {
    name,
    state: handles.map(([index]) => index),
    inputs: inputs.map(([index]) => index),
    constants: constants.map(([tensor]) => tensor),
    outputs: outputs.length,
    parts: emitter.parts,
    bytes: bytes + emitter.partBytes,
    operations: emitter.size + emitter.partSize,
  };
}

/** Frees a function and its constants. */
export function removeFunction(binding: Binding, { name, parts, constants }: NativeFunction): void {
  free(binding, { functions: [name, ...parts], tensors: constants });
}

function free(
  binding: Binding,
  { functions, tensors }: { functions: readonly string[]; tensors: readonly number[] },
): void {
  for (const name of functions) binding.removeFunction(name);
  for (const id of tensors) binding.deleteTensor(id);
}
