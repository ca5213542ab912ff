import { crc32, inflateRawSync } from 'node:zlib';

/** A file in an archive, as its central directory describes it. */
interface Member {
  readonly method: number;
  readonly crc: number;
  /** Bytes in the archive, and unpacked. */
  readonly packed: number;
  readonly size: number;
  /** Where its local header starts. */
  readonly start: number;
}

/** The largest Buffer that a file of the archive may become. */
const largest = 2 ** 31 - 1;

/**
 * A zip archive in memory, such as `numpy.savez` writes; nothing is unpacked before it is asked for.
 *
 * @throws {RangeError} If it is none, or damaged; the message says what is wrong.
 * @see PKWARE, APPNOTE.TXT, sections 4.3 and 4.4; without zip64, which only archives beyond 4 GiB need.
 */
export class ZipArchive {
  readonly #bytes: Buffer;
  readonly #members: ReadonlyMap<string, Member>;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#members = directory(bytes);
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  /** The content of a file, undefined if there is none of this name. @throws {RangeError} If it is damaged. */
  read(name: string): Buffer | undefined {
    const member = this.#members.get(name);
    if (!member) return undefined;
    const { method, crc, packed, size, start } = member;
    check(size <= largest, `'${name}' must take less than 2 GiB, got ${size} bytes`);
    check(this.#at(start, 30)?.readUInt32LE(0) === 0x04034b50, `'${name}' must have a header of its own`);
    const lengths = this.#bytes.readUInt16LE(start + 26) + this.#bytes.readUInt16LE(start + 28);
    const data = this.#at(start + 30 + lengths, packed);
    check(data, `'${name}' must lie in the archive`);
    check(method === 0 || method === 8, `'${name}' must be stored or deflated, got method ${method}`);
    const content = method === 0 ? data : inflated(name, data, size);
    check(content.length === size && crc32(content) === crc, `'${name}' must have the checksum it names`);
    return content;
  }

  #at(start: number, length: number): Buffer | undefined {
    return start + length <= this.#bytes.length ? this.#bytes.subarray(start, start + length) : undefined;
  }
}

function inflated(name: string, data: Buffer, size: number): Buffer {
  try {
    // What unpacks to more than it says stops there.
    return inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw new RangeError(`'${name}' must unpack to ${size} bytes`, { cause });
  }
}

function directory(bytes: Buffer): Map<string, Member> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  // A comment of at most 65,535 bytes may follow.
  check(
    end >= 0 && end + 22 <= bytes.length && end >= bytes.length - 22 - 0xffff,
    'it must end as archives do',
  );
  const count = bytes.readUInt16LE(end + 10);
  const members = new Map<string, Member>();
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    check(at + 46 <= end && bytes.readUInt32LE(at) === 0x02014b50, 'its directory must be whole');
    check((bytes.readUInt16LE(at + 8) & 1) === 0, 'it must not be encrypted');
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const next = at + 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
    check(next <= end, 'its directory must be whole');
    members.set(bytes.toString('utf8', at + 46, at + 46 + (name ?? 0)), {
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      start: bytes.readUInt32LE(at + 42),
    });
    at = next;
  }
  return members;
}

function check(holds: unknown, what: string): asserts holds {
  if (!holds) throw new RangeError(what);
}
