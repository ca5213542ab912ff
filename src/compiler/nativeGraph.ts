import { kinds, type Binding, type TensorMetadata } from './native.js';
import { threads } from './processor.js';

let count = 0;

/** A name that no other function of TensorFlow's context has. */
export function functionName(): string {
  return `roarbook_step_${count++}`;
}

/** Hands on a graph of TensorFlow's for the time of a function. */
export function withGraph<T>(binding: Binding, use: (id: number) => T): T {
  const id = binding.createGraph();
  try {
    return use(id);
  } finally {
    binding.deleteGraph(id);
  }
}

/** The pairs (node, 0) that the binding takes. */
export function firstOutputs(nodes: readonly number[]): number[] {
  return nodes.flatMap((node) => [node, 0]);
}

/**
 * How TensorFlow may rewrite a function: ConfigProto.graph_options.rewrite_options with constant_folding,
 * arithmetic_optimization and remapping off: they reorder sums and products, so the last bits would differ from eager ones.
 * Layout and the rest stay on.
 */
const rewrites = '\x18\x02\x38\x02\x70\x02';
const nested = (message: string) => `\x52${String.fromCharCode(message.length)}${message}`;
const optimizations = { name: 'config_proto', type: kinds.text, value: nested(nested(rewrites)) };

/**
 * One operation after the other, each in all threads: on two cores training takes a tenth less time than with two at once, whose
 * threads are in each other's way. It knows no loops that are part of the graph around them.
 */
const inTurn = { name: 'executor_type', type: kinds.text, value: 'SINGLE_THREADED_EXECUTOR' };

/** Runs a function; more cores, unmeasured, choose for themselves how many operations run at once, and so does a GPU. */
export function call(
  binding: Binding,
  { name, outputs, parts }: { name: string; outputs: number; parts: readonly string[] },
  ids: number[],
): TensorMetadata[] {
  const isSerial = threads() <= 2 && parts.length === 0 && !binding.isUsingGpuDevice();
  return binding.executeOp(name, isSerial ? [optimizations, inTurn] : [optimizations], ids, outputs);
}
