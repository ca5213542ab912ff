import { kinds, type Binding } from './native.js';

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
export const optimizations = { name: 'config_proto', type: kinds.text, value: nested(nested(rewrites)) };
