import { readFile, writeFile } from 'node:fs/promises';
import { DataError } from '../errors.js';

/** A numeric array with its shape, row by row. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;
}

const types = {
  '|u1': Uint8Array,
  '<u2': Uint16Array,
  '<u4': Uint32Array,
  '<i4': Int32Array,
  '<f4': Float32Array,
} as const;

const magic = Buffer.from('\x93NUMPY\x01\x00', 'latin1');

/**
 * Writes an array in NumPy's format, so that `numpy.load` opens it.
 *
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
 */
export async function writeNpy(file: string, { shape, data }: NpyArray): Promise<void> {
  const [type] = Object.entries(types).find(([, Type]) => data instanceof Type) ?? [];
  const dimensions = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${dimensions}, }`;
  // The data start at a multiple of 64 bytes.
  const padded =
    text.padEnd(Math.ceil((magic.length + 2 + text.length + 1) / 64) * 64 - magic.length - 3) + '\n';
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  await writeFile(file, Buffer.concat([magic, length, Buffer.from(padded, 'latin1'), bytes]));
}

/**
 * Reads an array that `writeNpy` wrote.
 *
 * @throws {DataError} If the file is something else, or its length does not fit its shape.
 */
export async function readNpy(file: string): Promise<NpyArray> {
  const bytes = await readFile(file);
  const end = magic.length + 2 + (bytes.length > 10 ? bytes.readUInt16LE(magic.length) : 0);
  const header = bytes.subarray(magic.length + 2, end).toString('latin1');
  const type = /'descr': '([^']+)'/.exec(header)?.[1] ?? '';
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)?.[1]
    ?.split(',')
    .filter((part) => part.trim())
    .map(Number);
  const Type = types[type as keyof typeof types];
  if (!bytes.subarray(0, magic.length).equals(magic) || !Type || !shape) {
    throw new DataError(`readNpy: ${file} must be a NumPy array of type u1, u2, u4, i4 or f4`);
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length - end !== size * Type.BYTES_PER_ELEMENT) {
    throw new DataError(`readNpy: ${file} must hold ${size} values, got ${bytes.length - end} bytes`);
  }
  // A copy, since the data need not start at a multiple of the element's size in the buffer read.
  const copy = bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length);
  return { shape, data: new Type(copy) };
}
