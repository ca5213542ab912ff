import { usesOneDnn } from '../filters.js';
import type { Graph, Node } from '../graph.js';
import type { Binding } from '../native.js';
import { hasBfloat16, type Precision } from '../precision.js';
import { narrowed } from './bfloat16.js';
import { withElementwise } from './elementwise.js';
import { fused } from './fusion.js';
import { withDescents } from './momentum.js';
import { withPointwise } from './pointwise.js';
import { withWideProducts } from './wideProducts.js';
import { hasWinograd, withWinograd } from './winograd.js';

/** The same graph, and those of its loops, in fewer or faster operations. What they round differently is said in README.md. */
export function optimised(binding: Binding, graph: Graph, precision: Precision): Graph {
  const nodes = graph.nodes.map((node): Node =>
    node.kind === 'loop' ? { ...node, body: optimised(binding, node.body, precision) } : node,
  );
  const recorded = withDescents({ ...graph, nodes });
  const found = usesOneDnn(binding) ? withPointwise(recorded) : recorded;
  const faster = hasWinograd(binding, precision) ? withWinograd(found) : found;
  return withElementwise(
    binding,
    fused(binding, precision === 'bfloat16' ? inBfloat16(binding, faster) : faster),
  );
}

function inBfloat16(binding: Binding, graph: Graph): Graph {
  const narrow = narrowed(graph);
  const sumsWide = binding.isUsingGpuDevice() || (usesOneDnn(binding) && hasBfloat16());
  return sumsWide ? narrow : withWideProducts(narrow);
}
