import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';

/** Reads a file of an archive. */
export type Unpack = () => Promise<Buffer>;

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
  for await (const entry of zip.eachEntry()) files.set(entry.fileName, () => unpacked(zip, entry));
  return files;
}

async function unpacked(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const { fileName, uncompressedSize } = entry;
  if (uncompressedSize > largest)
    throw new RangeError(`'${fileName}' must take less than 2 GiB, got ${uncompressedSize} bytes`);
  const content = await buffer(await zip.openReadStreamPromise(entry));
  // yauzl leaves this to its caller.
  if (crc32(content) !== entry.crc32) throw new RangeError(`'${fileName}' must have the checksum it names`);
  return content;
}
