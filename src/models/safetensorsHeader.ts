import { DataError, shown } from '../errors.js';
import { size } from './params.js';

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

/** Bytes of one number, by type. */
const bytesOf: ReadonlyMap<unknown, number> = new Map(
  Object.entries({
    ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
    ...{ I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8 },
  }),
);
/** More than any network needs, so that messages stay short. */
const [longestName, mostDimensions] = [256, 8];

/**
 * Checks a header, so that nothing is read for one which does not describe exactly the bytes that follow it.
 *
 * @param path - What messages call the file.
 * @param size - Bytes after the header.
 * @throws {DataError} If it is no JSON in UTF-8, names anything twice, or its tensors leave, share or exceed bytes.
 */
export function parseHeader(path: string, bytes: Uint8Array, size: number): Safetensors {
  const { __metadata__: metadata = {}, ...rest } = parseObject(path, bytes);
  if (!isTexts(metadata)) throw damaged(path, 'its metadata must be texts by name');
  const entries = Object.entries(rest).map(([name, value]) => [name, entry(path, name, value)] as const);
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkRanges(path, entries, size);
  return { metadata, entries: new Map(entries) };
}

function parseObject(path: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  let twice: string | undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
    twice = repeatedKey(text);
  } catch (cause) {
    throw damaged(path, 'its header must be JSON in UTF-8', cause);
  }
  if (!isRecord(header)) throw damaged(path, 'its header must be a JSON object');
  if (twice !== undefined)
    throw damaged(path, `its header must name everything once, got ${shown(twice)} twice`);
  return header;
}

/** A key that an object of this JSON text holds twice: JSON.parse keeps the last one without a word. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, key] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (key !== undefined) {
      // Escapes write one key in many ways.
      const name = String(JSON.parse(key));
      if (open.at(-1)?.has(name)) return name;
      open.at(-1)?.add(name);
    }
  }
  return undefined;
}

/** Each tensor starts where the one before it ends, and together they take `size` bytes. */
function checkRanges(path: string, entries: readonly (readonly [string, Entry])[], size: number): void {
  let next = 0;
  for (const [name, { begin, end }] of entries) {
    if (begin !== next)
      throw damaged(path, `'${name}' must start at byte ${next}, where the one before it ends, got ${begin}`);
    next = end;
  }
  if (next !== size)
    throw damaged(path, `its tensors must take the ${size} bytes after the header, got ${next}`);
}

function entry(path: string, name: string, value: unknown): Entry {
  if (name.length > longestName)
    throw damaged(path, `a name must have at most ${longestName} characters, got ${name.length}`);
  if (!isRecord(value)) throw damaged(path, `'${name}' must have dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = value;
  const width = typeof dtype === 'string' ? bytesOf.get(dtype) : undefined;
  if (typeof dtype !== 'string' || width === undefined) {
    throw damaged(path, `'${name}' must have a known dtype, got ${shown(dtype)}`);
  }
  if (!isCounts(shape) || shape.length > mostDimensions)
    throw damaged(
      path,
      `'${name}' must have a shape of at most ${mostDimensions} whole numbers, got ${shown(shape)}`,
    );
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || size(shape) * width !== end - begin) {
    throw damaged(
      path,
      `'${name}', ${dtype} [${shape.join(', ')}], must take ${size(shape) * width} bytes, got the range ${shown(offsets)}`,
    );
  }
  return { dtype, shape, begin, end };
}

export function damaged(path: string, what: string, cause?: unknown): DataError {
  return new DataError(`safetensors: ${path} is damaged or no safetensors file: ${what}`, { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
