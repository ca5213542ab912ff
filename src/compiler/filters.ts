import { isChannelsLast, isFixed, type Graph, type Operation } from './graph.js';
import { dtypes, kinds, type Attribute, type Binding } from './native.js';

/**
 * What TensorFlow itself makes of a Conv2D whose filter is stored in the graph: oneDNN's convolution, which keeps the filter
 * in the layout that it computes with. Storing the filters would make graphs as large as networks, so the operation is named.
 */
export const keepingConvolution = '_MklNativeConv2D';

/** oneDNN's convolution that adds a bias and another tensor before it writes its result. */
export const fusedConvolution = '_MklNativeFusedConv2D';

/** The attributes that this operation has beyond those of a Conv2D. */
export const keeping: readonly Attribute[] = [
  { name: 'is_filter_const', type: kinds.boolean, value: true },
  { name: '_kernel', type: kinds.text, value: 'MklNameChangeOp' },
];

/** Whether an operation is a convolution that can keep its filter's layout: the filter is the same at each call. */
export function canKeepFilter(binding: Binding, graph: Graph, node: Operation): boolean {
  const [, filter] = node.inputs;
  if (node.op !== 'Conv2D' || !filter || !('node' in filter) || !usesOneDnn(binding)) return false;
  if (!isChannelsLast(node)) return false;
  return isFixed(graph, filter) && graph.nodes[filter.node]?.outputs[filter.output]?.dtype === dtypes.float32;
}

/** Whether TensorFlow was told to compute with oneDNN, on the CPU. */
export function usesOneDnn(binding: Binding): boolean {
  return process.env.TF_ENABLE_ONEDNN_OPTS === '1' && !binding.isUsingGpuDevice();
}
