import type { Binding } from './native.js';

/** What the compiler has to know of an operation beyond its name. */
export interface Operation {
  /**
   * Per argument: takes one tensor, or a list, whose length is then this attribute's value where it is named; and the
   * attribute that holds the argument's type, or ''.
   */
  readonly inputs: readonly Argument[];
  readonly attributes: ReadonlySet<string>;
  /** Has effects, or draws random numbers. */
  readonly stateful: boolean;
}

export interface Argument {
  readonly list: boolean;
  readonly lengthAttribute: string;
  readonly typeAttribute: string;
}

const known = new Map<string, Operation>();

/** Looks an operation up in TensorFlow's registry. */
export function operation(binding: Binding, op: string): Operation {
  const found = known.get(op);
  if (found) return found;
  const definition = parse(binding.describeOperation(op));
  known.set(op, definition);
  return definition;
}

/** Reads an OpDef: input_arg = 2 (type_attr = 4, number_attr = 5, type_list_attr = 6), attr = 4 (name = 1), is_stateful = 17. */
function parse(bytes: Uint8Array): Operation {
  const inputs: Argument[] = [];
  const attributes = new Set<string>();
  let stateful = false;
  for (const { field, value } of fields(bytes)) {
    if (field === 17) stateful = value === 1;
    if (typeof value === 'number') continue;
    if (field === 2) {
      const text = (wanted: number) => name(value, wanted);
      inputs.push({
        list: text(5) !== '' || text(6) !== '',
        lengthAttribute: text(5),
        typeAttribute: text(4),
      });
    }
    if (field === 4) attributes.add(name(value, 1));
  }
  return { inputs, attributes, stateful };
}

function name(message: Uint8Array, wanted: number): string {
  for (const { field, value } of fields(message))
    if (field === wanted && typeof value !== 'number') return new TextDecoder().decode(value);
  return '';
}

/** The fields of a protocol buffer's message: integers and bytes; others do not matter here. */
function* fields(bytes: Uint8Array): Generator<{ field: number; value: number | Uint8Array }> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) yield { field, value: varint() };
    else if (wire === 2) {
      const end = varint() + at;
      yield { field, value: bytes.subarray(at, end) };
      at = end;
    } else at += wire === 1 ? 8 : 4;
  }
}
