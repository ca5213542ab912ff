import { explainedFrom, explainerSpec } from './explainer.js';
import { hasExplainer } from './explainerSizes.js';
import type { Architecture, Model, ModelState, Tensors } from './model.js';
import type { StateSpec, TensorSpec } from './params.js';
import { resnetFrom, resnetSpec } from './resnet.js';

/**
 * What a network of this architecture consists of, its explainer included.
 *
 * @throws {ArgumentError} If the architecture is none of Roarbook's.
 */
export function networkSpec(architecture: Architecture): StateSpec {
  const network = resnetSpec(architecture);
  if (!hasExplainer(architecture)) return network;
  const { params, buffers } = explainerSpec(architecture);
  return { params: [...network.params, ...params], buffers: [...network.buffers, ...buffers] };
}

/**
 * A network with given tensors, which it then owns.
 *
 * @throws {ArgumentError} If the architecture is none of Roarbook's, or a tensor is missing or of another shape.
 */
export function networkFrom(architecture: Architecture, state: ModelState): Model {
  if (!hasExplainer(architecture)) return resnetFrom(architecture, state);
  const { params, buffers } = resnetSpec(architecture);
  const part = (specs: readonly TensorSpec[], tensors: Tensors): Tensors => {
    const names = new Set(specs.map(({ name }) => name));
    return Object.fromEntries(Object.entries(tensors).filter(([name]) => names.has(name)));
  };
  const own = { params: part(params, state.params), buffers: part(buffers, state.buffers) };
  return explainedFrom(resnetFrom(architecture, own), architecture, state);
}
