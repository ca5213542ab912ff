import type { Graph, Node, Operation, Value } from '../graph.js';
import { typeAttribute, type Attribute, type dtypes } from '../native.js';

export type FloatType = typeof dtypes.float32 | typeof dtypes.bfloat16;

/** A node that makes another type of a value. */
export function castOf({ nodes }: Pick<Graph, 'nodes'>, value: Value, to: FloatType): Node {
  const info = nodes[value.node]?.outputs[value.output];
  if (!info) throw new RangeError(`node ${value.node} must stand before its cast`);
  return {
    kind: 'operation',
    op: 'Cast',
    inputs: [value],
    attributes: [typeAttribute('SrcT', info.dtype), typeAttribute('DstT', to)],
    outputs: [{ ...info, dtype: to }],
  };
}

/** An operation's attributes, with another type T of what it computes with. */
export function attributesOf({ attributes }: Operation, to: FloatType): Attribute[] {
  return [...attributes.filter(({ name }) => name !== 'T'), typeAttribute('T', to)];
}
