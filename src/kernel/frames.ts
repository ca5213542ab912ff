/** One message between the kernel's own processes: a JSON value and, beside it, bytes that need no encoding. */
export interface Frame<Head> {
  readonly head: Head;
  readonly parts: readonly Uint8Array[];
}

/**
 * Writes a frame: the JSON's length, the number of parts and each part's length as little-endian 32-bit numbers, then
 * the JSON and the parts.
 */
export function encodeFrame(head: unknown, parts: readonly Uint8Array[] = []): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(8 + 4 * parts.length);
  lengths.writeUInt32LE(json.length, 0);
  lengths.writeUInt32LE(parts.length, 4);
  parts.forEach((part, i) => lengths.writeUInt32LE(part.length, 8 + 4 * i));
  return Buffer.concat([lengths, json, ...parts]);
}

/** Puts frames together again from the chunks in which a pipe delivers them. */
export class FrameReader<Head> {
  private chunks: Buffer[] = [];
  private size = 0;

  /** Takes the next chunk and returns the frames that it completes, in order. */
  push(chunk: Buffer): Frame<Head>[] {
    this.chunks.push(chunk);
    this.size += chunk.length;
    const frames: Frame<Head>[] = [];
    for (let frame = this.next(); frame; frame = this.next()) frames.push(frame);
    return frames;
  }

  private next(): Frame<Head> | undefined {
    const need = this.wanted();
    if (need === undefined || this.size < need) return undefined;
    const all = this.joined();
    const json = all.readUInt32LE(0);
    const count = all.readUInt32LE(4);
    let at = 8 + 4 * count;
    // The other end is our own process, which writes what the type says.
    const head = JSON.parse(all.toString('utf8', at, at + json)) as Head;
    at += json;
    const parts: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const length = all.readUInt32LE(8 + 4 * i);
      parts.push(all.subarray(at, at + length));
      at += length;
    }
    this.chunks = at < all.length ? [all.subarray(at)] : [];
    this.size = all.length - at;
    return { head, parts };
  }

  /** Length of the frame at the front, once enough of it is there to tell. */
  private wanted(): number | undefined {
    if (this.size < 8) return undefined;
    if ((this.chunks[0]?.length ?? 0) < 8) this.joined();
    const first = this.chunks[0] ?? Buffer.alloc(0);
    const count = first.readUInt32LE(4);
    if (this.size < 8 + 4 * count) return undefined;
    const all = first.length < 8 + 4 * count ? this.joined() : first;
    let total = 8 + 4 * count + all.readUInt32LE(0);
    for (let i = 0; i < count; i++) total += all.readUInt32LE(8 + 4 * i);
    return total;
  }

  private joined(): Buffer {
    if (this.chunks.length === 1 && this.chunks[0]) return this.chunks[0];
    const all = Buffer.concat(this.chunks, this.size);
    this.chunks = [all];
    return all;
  }
}
