import { withElementwise } from './elementwise.js';
import { fused } from './fusion.js';
import type { Graph } from './graph.js';
import { withDescents } from './momentum.js';
import type { Binding } from './native.js';
import { withWinograd } from './winograd.js';

/** The same graph in fewer or faster operations. What they round differently is said in README.md. */
export function optimised(binding: Binding, graph: Graph): Graph {
  return withElementwise(binding, fused(binding, withWinograd(binding, withDescents(graph))));
}
