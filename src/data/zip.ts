import { crc32 } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';

/**
 * Reads a file of an archive.
 *
 * @param check - Sees the file's first bytes, `headBytes` of them at least if it has so many, and its size, before the rest
 *   is unpacked; what it throws ends the reading.
 */
export type Unpack = (check?: (head: Buffer, size: number) => void) => Promise<Buffer>;

/** What `check` sees of a longer file, in bytes. */
const headBytes = 2 ** 14;

/** Bytes of the largest file that is unpacked. */
const largest = 2 ** 31 - 1;

/**
 * The files of a zip archive in memory, such as `numpy.savez` writes, by name. Nothing is unpacked before it is asked for,
 * and nothing beyond the size that the archive names.
 *
 * @throws {Error} If it is none, or damaged; the message says what is wrong. So does unpacking a file.
 */
export async function openZip(bytes: Buffer): Promise<ReadonlyMap<string, Unpack>> {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true });
  const files = new Map<string, Unpack>();
  for await (const entry of zip.eachEntry())
    files.set(entry.fileName, (check) => unpacked(zip, entry, check));
  return files;
}

async function unpacked(zip: ZipFile, entry: Entry, check?: Parameters<Unpack>[0]): Promise<Buffer> {
  const { fileName, uncompressedSize } = entry;
  if (uncompressedSize > largest)
    throw new RangeError(`'${fileName}' must take less than 2 GiB, got ${uncompressedSize} bytes`);
  const chunks: Buffer[] = [];
  let [length, unchecked] = [0, check];
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length < Math.min(headBytes, uncompressedSize)) continue;
    unchecked?.(Buffer.concat(chunks), uncompressedSize);
    unchecked = undefined;
  }
  const content = Buffer.concat(chunks);
  // yauzl leaves this to its caller.
  if (crc32(content) !== entry.crc32) throw new RangeError(`'${fileName}' must have the checksum it names`);
  return content;
}
