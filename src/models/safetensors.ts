import { createHash, type Hash } from 'node:crypto';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { DataError, shown } from '../errors.js';
import { size } from './params.js';

/** Numbers with a shape, row by row. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Where a tensor lies in a file. */
export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

export interface Safetensors {
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A header longer than this is a hostile one: ResNet-18's takes 9 kB. */
const headerLimit = 2 ** 24;
const bytesOf: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8 },
};

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
  const header: Record<string, unknown> = { __metadata__: { ...metadata, sha256: sum.digest('hex') } };
  let offset = 0;
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
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
 * Reads all float32 arrays of a safetensors file; `accept` sees the header before any data is read, and may throw or
 * name the arrays that are wanted.
 *
 * @throws {DataError} As `readHeader`, and if a wanted array is no float32, or the data is not what was written.
 */
export async function readSafetensors(
  path: string,
  accept: (file: Safetensors) => Iterable<string> = ({ entries }) => entries.keys(),
): Promise<{ metadata: Safetensors['metadata']; arrays: Record<string, NamedArray> }> {
  return withFile(path, async (file) => {
    const parsed = await parse(path, file);
    const wanted = new Set(accept(parsed));
    for (const name of wanted) {
      const dtype = parsed.entries.get(name)?.dtype;
      if (dtype !== 'F32') throw damaged(path, `'${name}' must be F32, got ${dtype ?? 'none'}`);
    }
    const start = parsed.start;
    const { sha256, ...metadata } = parsed.metadata;
    const sum = startChecksum(metadata);
    const arrays: Record<string, NamedArray> = {};
    for (const [name, { shape, begin, end }] of parsed.entries) {
      const data = await readAt(file, start + begin, end - begin);
      sum.update(data);
      // A copy of its own: Buffer's pool aligns to 8 bytes, but need not start at a multiple of 4.
      if (wanted.has(name)) arrays[name] = { shape, values: new Float32Array(new Uint8Array(data).buffer) };
    }
    if (sha256 !== undefined && sha256 !== sum.digest('hex')) {
      throw damaged(path, 'its content must have the SHA-256 that its header names');
    }
    return { metadata, arrays };
  });
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path);
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
  const text = (await readAt(file, 8, length)).toString('utf8');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'its header must be JSON', cause);
  }
  if (!isRecord(header)) throw damaged(path, 'its header must be a JSON object');
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw damaged(path, 'its metadata must be texts by name');
  }
  const entries = Object.entries(rest).map(([name, value]) => [name, entry(path, name, value)] as const);
  // JSON.parse keeps the last of two equal names without a word.
  const described = (text.match(/"dtype"\s*:/g)?.length ?? 0) - ('dtype' in metadata ? 1 : 0);
  if (described > entries.length) throw damaged(path, 'each tensor must be named once, got a name twice');
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let next = 0;
  for (const [name, { begin, end }] of entries) {
    if (begin !== next)
      throw damaged(path, `'${name}' must start at byte ${next}, where the one before it ends, got ${begin}`);
    next = end;
  }
  if (next !== total - 8 - length) {
    throw damaged(
      path,
      `its tensors must take the ${total - 8 - length} bytes after the header, got ${next}`,
    );
  }
  // Checked above: every value is a text.
  return { metadata: metadata as Record<string, string>, entries: new Map(entries), start: 8 + length };
}

function entry(path: string, name: string, value: unknown): Entry {
  if (!isRecord(value)) throw damaged(path, `'${name}' must have dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = value;
  const width = typeof dtype === 'string' ? bytesOf[dtype] : undefined;
  if (typeof dtype !== 'string' || width === undefined) {
    throw damaged(path, `'${name}' must have a known dtype, got ${shown(dtype)}`);
  }
  if (!isCounts(shape))
    throw damaged(path, `'${name}' must have a shape of whole numbers, got ${shown(shape)}`);
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || size(shape) * width !== end - begin) {
    throw damaged(
      path,
      `'${name}', ${dtype} [${shape.join(', ')}], must take ${size(shape) * width} bytes, got the range ${shown(offsets)}`,
    );
  }
  return { dtype, shape, begin, end };
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

function damaged(path: string, what: string, cause?: unknown): DataError {
  return new DataError(`safetensors: ${path} is damaged or no safetensors file: ${what}`, { cause });
}

function bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Of the metadata's texts; the data follows. */
function startChecksum(metadata: Readonly<Record<string, string>>): Hash {
  return createHash('sha256').update(JSON.stringify(Object.entries(metadata)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
