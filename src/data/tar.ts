import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { DataError } from '../errors.js';

export interface UnpackOptions {
  /** Full names inside the archive that are written; everything else is passed over. */
  keep: RegExp;
  /** Whose error it is: 'cifar10'. */
  name: string;
}

/**
 * Writes the chosen regular files of a .tar.gz into one folder, flat, under their base names.
 *
 * Nothing can land outside the folder: only base names of entries that match `keep` are used, links are never made.
 *
 * @param folder - Must exist.
 * @returns The base names written, in the archive's order.
 * @throws {DataError} If the archive is damaged, or an entry's path leads outside.
 * @see POSIX.1-1988 ustar: 512-byte headers, then the content padded to 512 bytes.
 */
export async function unpack(archive: string, folder: string, { keep, name }: UnpackOptions) {
  const reader = new ByteReader(createReadStream(archive).pipe(createGunzip()));
  const written: string[] = [];
  try {
    for (;;) {
      const header = await reader.take(512);
      if (header.every((byte) => byte === 0)) return written;
      const entry = parseHeader(header);
      if (entry.path.startsWith('/') || entry.path.split('/').includes('..'))
        throw new DataError(`${name}: paths in the archive must stay inside its folder, got ${entry.path}`);
      const content = await reader.take(Math.ceil(entry.size / 512) * 512);
      if (!entry.regular || !keep.test(entry.path)) continue;
      await writeFile(join(folder, basename(entry.path)), content.subarray(0, entry.size), { flag: 'wx' });
      written.push(basename(entry.path));
    }
  } catch (error) {
    if (error instanceof DataError || isSystemError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${name}: ${basename(archive)} must be a whole .tar.gz, got: ${reason}`, {
      cause: error,
    });
  }
}

/** Full disk, no permission: not the archive's fault. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function parseHeader(header: Buffer): { path: string; size: number; regular: boolean } {
  const text = (start: number, length: number) =>
    header.toString('latin1', start, start + length).replace(/\0.*$/s, '');
  const stored = parseInt(text(148, 8).trim(), 8);
  // The checksum counts its own eight bytes as spaces.
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (sum !== stored) throw new Error('a header whose checksum is wrong');
  const size = parseInt(text(124, 12).trim(), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('a header without a size');
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  const path = text(0, 100);
  return { path: prefix ? `${prefix}/${path}` : path, size, regular: [0, 0x30].includes(header[156] ?? 0) };
}

/** Hands out an exact number of bytes of a stream at a time. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) throw new Error('an early end');
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, count);
  }
}
