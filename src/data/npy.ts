import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { ArgumentError, DataError, shown } from '../errors.js';

/** A numeric array with its shape, row by row. */
export interface NpyArray {
  /** Sizes along each axis, row-major. */
  readonly shape: readonly number[];
  /** As many numbers as the shape holds. */
  readonly data:
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Uint32Array
    | Int32Array
    | BigInt64Array
    | BigUint64Array
    | Float32Array
    | Float64Array;
}

const types = {
  '|u1': Uint8Array,
  '|i1': Int8Array,
  '<u2': Uint16Array,
  '<i2': Int16Array,
  '<u4': Uint32Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
  '<u8': BigUint64Array,
  '<f4': Float32Array,
  '<f8': Float64Array,
} as const;

/** A longer header is a hostile one; numpy.load refuses it too. */
const headerLimit = 10_000;

const magic = Buffer.from('\x93NUMPY', 'latin1');

/**
 * Writes an array in NumPy's format, so that `numpy.load` opens it.
 *
 * @throws {ArgumentError} If the data are of no such type, or the shape does not fit them.
 * @throws {DataError} If the file cannot be written.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
 */
export async function writeNpy(file: string, { shape, data }: NpyArray): Promise<void> {
  const [type] = Object.entries(types).find(([, Type]) => data instanceof Type) ?? [];
  if (type === undefined || !isShape(shape) || sizeOf(shape) !== data.length)
    throw new ArgumentError(
      `writeNpy: data must be a typed array of as many values as its shape, got ${type ? data.length : String(data)} and ${shown(shape)}`,
    );
  const dimensions = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${dimensions}, }`;
  // The data start at a multiple of 64 bytes.
  const padded = text.padEnd(Math.ceil((magic.length + 4 + text.length + 1) / 64) * 64 - magic.length - 5);
  const start = Buffer.from([1, 0, 0, 0]);
  start.writeUInt16LE(padded.length + 1, 2);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  try {
    await writeFile(file, Buffer.concat([magic, start, Buffer.from(`${padded}\n`, 'latin1'), bytes]));
  } catch (cause) {
    throw new DataError(`writeNpy: ${file} must be writable; pass another path or free the disk`, { cause });
  }
}

/**
 * Reads an array that `numpy.save` or `writeNpy` wrote.
 *
 * @throws {DataError} If there is no such file, it is something else, or its length does not fit its shape.
 */
export async function readNpy(file: string): Promise<NpyArray> {
  try {
    // A pipe would be waited for.
    const about = await stat(file);
    if (!about.isFile()) throw new TypeError('no file');
    // The header first: nothing is allocated for a file whose length does not fit it.
    layoutOf(await firstBytes(file, Math.min(about.size, headerLimit + 12)), {
      name: file,
      size: about.size,
    });
    return parseNpy(await readFile(file), file);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`readNpy: ${file} must be a readable file of at most 2 GiB; check the path`, {
      cause,
    });
  }
}

/** A file's first bytes. */
async function firstBytes(file: string, length: number): Promise<Uint8Array> {
  const opened = await open(file);
  try {
    const { buffer, bytesRead } = await opened.read({ buffer: Buffer.alloc(length), position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await opened.close();
  }
}

/**
 * Reads an array from the bytes of an .npy file.
 *
 * @param name - What messages call it.
 * @throws {DataError} As `readNpy`.
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const { shape, Type, end } = layoutOf(bytes, { name, size: bytes.length });
  // A copy, since the data need not start at a multiple of the element's size in the buffer read.
  const copy = Uint8Array.from(bytes.subarray(end)).buffer;
  return { shape, data: new Type(copy) };
}

/** What the first bytes, 10,012 at most, say of a file of `size` bytes. @throws {DataError} If they do not fit it. */
export function layoutOf(bytes: Uint8Array, { name, size: total }: { name: string; size: number }) {
  const { header, end } = headerOf(bytes);
  const { descr: type = '', fortran_order: order, shape: tuple } = fieldsOf(header);
  const shape = tuple
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  // A bool is a byte, 0 or 1.
  const Type = type === '|b1' ? Uint8Array : types[type as keyof typeof types];
  if (!Type || !shape || order === undefined) {
    const got = type ? `, got type ${shown(type)}` : '';
    throw new DataError(
      `readNpy: ${name} must be a NumPy array of little-endian integers or floats${got}; convert it with astype('float32')`,
    );
  }
  if (order === 'True')
    throw new DataError(
      `readNpy: ${name} must be stored row by row; save it with numpy.save(file, numpy.ascontiguousarray(array))`,
    );
  if (!isShape(shape))
    throw new DataError(
      `readNpy: ${name} must have a shape of at most 64 whole numbers, got ${shown(shape)}`,
    );
  const size = sizeOf(shape);
  if (total - end !== size * Type.BYTES_PER_ELEMENT)
    throw new DataError(`readNpy: ${name} must hold ${size} values, got ${Math.max(0, total - end)} bytes`);
  return { shape, Type, end };
}

/** NumPy 2 has at most 64 dimensions. */
function isShape(shape: readonly number[]): boolean {
  return shape.length <= 64 && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The header's text, '' if there is none, and where the data start. */
function headerOf(bytes: Uint8Array): { header: string; end: number } {
  const none = { header: '', end: 0 };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 12 || !buffer.subarray(0, magic.length).equals(magic)) return none;
  const version = buffer[6] ?? 0;
  if (version < 1 || version > 3) return none;
  // Version 1 counts the header in 2 bytes, versions 2 and 3 in 4.
  const [length, start] = version === 1 ? [buffer.readUInt16LE(8), 10] : [buffer.readUInt32LE(8), 12];
  if (length > headerLimit) return none;
  const end = start + length;
  return { header: buffer.subarray(start, end).toString('latin1'), end };
}

/**
 * What the header, the text of a Python dictionary, says: type, order, and the shape without its brackets. Nothing where it
 * says anything else or one thing twice, of which Python takes the last.
 */
function fieldsOf(header: string): Partial<Record<'descr' | 'fortran_order' | 'shape', string>> {
  const [, body] = /^\{(.*)\}\s*$/s.exec(header) ?? [];
  const field =
    /\s*(?:'(descr)': '([^']+)'|'(fortran_order)': (True|False)|'(shape)': \(([^()]*)\))\s*(?:,|$)/y;
  const found = new Map<string, string>();
  let rest = body?.trimEnd() ?? '';
  while (rest !== '') {
    field.lastIndex = 0;
    const parts = field.exec(rest);
    const [name, value] = parts?.slice(1).filter((part) => part !== undefined) ?? [];
    if (!parts || name === undefined || value === undefined || found.has(name)) return {};
    found.set(name, value);
    rest = rest.slice(parts[0].length);
  }
  return Object.fromEntries(found);
}
