import { isUniform, type Value } from './graph.js';
import { typeAttribute, type Attribute, type Values } from './native.js';
import type { Argument } from './opdef.js';

/** Shape inference has to see values only where they are shapes, axes and the like: no more than these. */
export const visible = 64;

/** Distributes a flat list of inputs over an operation's arguments. */
export function group(
  values: readonly Value[],
  inputs: readonly Argument[],
  attributes: readonly Attribute[],
): (Value | Value[])[] {
  const lists = inputs.filter(({ list }) => list).length;
  let at = 0;
  return inputs.flatMap(({ list, lengthAttribute }): (Value | Value[])[] => {
    if (!list) return values.slice(at, ++at);
    const stated = attributes.find(({ name }) => name === lengthAttribute)?.value;
    const length =
      lists === 1 ? values.length - (inputs.length - 1) : typeof stated === 'number' ? stated : 1;
    return [values.slice(at, (at += length))];
  });
}

/** The attributes; what the inputs are decides over what one says of their type, as TensorFlow does eagerly. */
export function inferredTypes(
  attributes: readonly Attribute[],
  {
    takes,
    inputs,
    dtype,
  }: {
    takes: readonly Argument[];
    inputs: readonly (Value | readonly Value[])[];
    dtype: (value: Value) => number;
  },
): readonly Attribute[] {
  const types = new Map<string, number>();
  inputs.forEach((input, i) => {
    const value = 'node' in input ? input : input[0];
    const name = takes[i]?.typeAttribute;
    if (value && name) types.set(name, dtype(value));
  });
  return attributes.map((attribute) => {
    const dtype = types.get(attribute.name);
    return dtype === undefined ? attribute : typeAttribute(attribute.name, dtype);
  });
}

/** Tells constants apart: the values themselves if they are few or all the same, otherwise two 32-bit hashes and a sample. */
export function digest(values: Values): string {
  const words = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (values.length > 1 && isUniform(values)) return `uniform ${values.length} ${digest(values.slice(0, 1))}`;
  if (words.length <= 4 * visible) return Buffer.from(words).toString('hex');
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const word of words) {
    a = Math.imul(a ^ word, 16777619);
    b = Math.imul(b + word, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${values.length} ${a} ${b}`;
}
