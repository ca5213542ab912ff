import type { Binding } from './native.js';

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
