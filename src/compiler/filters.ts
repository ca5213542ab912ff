import type { Graph, Operation } from './graph.js';
import { dtypes, kinds, type Attribute, type Binding } from './native.js';

/**
 * What TensorFlow itself makes of a Conv2D whose filter is stored in the graph: oneDNN's convolution, which keeps the filter
 * in the layout that it computes with. Storing the filters would make graphs as large as networks, so the operation is named.
 */
export const keepingConvolution = '_MklNativeConv2D';

/** oneDNN's convolution that adds a bias and another tensor, and cuts off what is negative, before it writes its result. */
export const fusedConvolution = '_MklNativeFusedConv2D';

const convolutions = new Set(['Conv2D', fusedConvolution]);

/** The attributes that this operation has beyond those of a Conv2D. */
export const keeping: readonly Attribute[] = [
  { name: 'is_filter_const', type: kinds.boolean, value: true },
  { name: '_kernel', type: kinds.text, value: 'MklNameChangeOp' },
];

/** Whether an operation is a convolution that can keep its filter's layout: the filter is the same at each call. */
export function canKeepFilter(binding: Binding, graph: Graph, node: Operation): boolean {
  return node.op === 'Conv2D' && keepsFilter(binding, graph, node);
}

/** The same of an operation that is a convolution, perhaps with what follows it. */
export function keepsFilter(binding: Binding, graph: Graph, { op, inputs }: Operation): boolean {
  const [, filter] = inputs;
  if (!convolutions.has(op) || !filter || !('node' in filter) || !usesOneDnn(binding)) return false;
  const source = graph.nodes[filter.node];
  const constant = (source?.kind === 'state' || source?.kind === 'captured') && source.constant;
  return constant && source.outputs[0]?.dtype === dtypes.float32;
}

/** Whether TensorFlow was told to compute with oneDNN, on the CPU. */
function usesOneDnn(binding: Binding): boolean {
  return process.env.TF_ENABLE_ONEDNN_OPTS === '1' && !binding.isUsingGpuDevice();
}
