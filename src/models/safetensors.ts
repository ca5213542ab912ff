import { createHash, type Hash } from 'node:crypto';
import { constants, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { DataError } from '../errors.js';
import { floatTypes } from './floatTypes.js';
import { damaged, parseHeader, type Safetensors } from './safetensorsHeader.js';

/** Numbers with a shape, row by row. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A header longer than this is a hostile one: ResNet-18's takes 9 kB, one of 1000 blocks 1.2 MB. */
const headerLimit = 2 ** 22;

/**
 * Writes float32 arrays as a safetensors file under a temporary name, forces it to the disk and renames it, so that
 * `path` holds the old file or the whole new one at any moment. A checksum of metadata and data
 * goes into the metadata.
 *
 * @throws {DataError} If the file cannot be written.
 * @see The format: huggingface.co/docs/safetensors.
 */
export async function writeSafetensors(
  path: string,
  arrays: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const chunks = Object.values(arrays).map(({ values }) => bytes(values));
  const sum = startChecksum(metadata);
  for (const chunk of chunks) sum.update(chunk);
  const header: [string, unknown][] = [['__metadata__', { ...metadata, sha256: sum.digest('hex') }]];
  let offset = 0;
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    header.push([name, { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] }]);
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  // The data starts at a multiple of 8 bytes; JSON may end in spaces.
  const padded = Buffer.concat([text, Buffer.alloc(-text.length & 7, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await replace(path, [length, padded, ...chunks]);
}

/**
 * Reads the header of a safetensors file; the data stays on the disk.
 *
 * @throws {DataError} If there is no such file, or its header does not describe exactly the bytes that follow it.
 */
export async function readHeader(path: string): Promise<Safetensors> {
  return withFile(path, (file) => parse(path, file));
}

/**
 * Reads all arrays of a safetensors file as float32, also those of other float types; `accept` sees the header before any data is read, and may throw or
 * name the arrays that are wanted.
 *
 * @throws {DataError} As `readHeader`, and if a wanted array holds no floats, or the data is not what was written.
 */
export async function readSafetensors(
  path: string,
  accept: (file: Safetensors) => Iterable<string> = ({ entries }) => entries.keys(),
): Promise<{ metadata: Safetensors['metadata']; arrays: Record<string, NamedArray> }> {
  return withFile(path, async (file) => {
    const parsed = await parse(path, file);
    const wanted = new Set(accept(parsed));
    for (const name of wanted) {
      const dtype = parsed.entries.get(name)?.dtype ?? 'none';
      if (!Object.hasOwn(floatTypes, dtype))
        throw new DataError(
          `safetensors: ${path}: '${name}' must be F32, F16, BF16 or F64, got ${dtype}; convert it with PyTorch's .float()`,
        );
    }
    const start = parsed.start;
    const { sha256, ...metadata } = parsed.metadata;
    const sum = startChecksum(metadata);
    const arrays: [string, NamedArray][] = [];
    for (const [name, { dtype, shape, begin, end }] of parsed.entries) {
      const data = await readAt(file, start + begin, end - begin);
      sum.update(data);
      const numbers = floatTypes[dtype];
      if (wanted.has(name) && numbers) arrays.push([name, { shape, values: numbers(data) }]);
    }
    if (sha256 !== undefined && sha256 !== sum.digest('hex')) {
      throw damaged(path, 'its content must have the SHA-256 that its header names');
    }
    // A tensor may be named '__proto__'.
    return { metadata, arrays: Object.fromEntries(arrays) };
  });
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    // Without blocking: a pipe that nobody writes to is refused, not waited for.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new DataError(`safetensors: ${path} must be a readable file; check the path`, { cause });
  }
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function parse(path: string, file: FileHandle): Promise<Safetensors & { start: number }> {
  const about = await file.stat();
  if (!about.isFile()) throw damaged(path, 'it must be a file');
  const total = about.size;
  if (total < 8) throw damaged(path, `it must start with 8 bytes of length, got ${total} bytes`);
  const length = Number((await readAt(file, 0, 8)).readBigUInt64LE());
  if (length > total - 8)
    throw damaged(path, `its header of ${length} bytes must fit into its ${total} bytes`);
  if (length > headerLimit)
    throw damaged(path, `its header must take at most ${headerLimit} bytes, got ${length}`);
  const header = parseHeader(path, await readAt(file, 8, length), total - 8 - length);
  return { ...header, start: 8 + length };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0)
      throw new DataError('safetensors: the file became shorter while it was read; try again');
    done += bytesRead;
  }
  return buffer;
}

async function replace(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w').catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw unwritable(path, error);
  }
}

/** Whether there is a file of this name. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** No permission, a full disk, a folder of that name. */
function unwritable(path: string, cause: unknown): DataError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(
    `safetensors: ${path} must be writable, got '${reason}'; pass another path or free the disk`,
    { cause },
  );
}

function bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Of the metadata's texts; the data follows. */
function startChecksum(metadata: Readonly<Record<string, string>>): Hash {
  return createHash('sha256').update(JSON.stringify(Object.entries(metadata)));
}
