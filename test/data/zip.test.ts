import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { openZip } from '../../src/data/zip.js';

/** An archive of one file, as the format's appendix lays it out; `lie` changes what the directory says of it. */
function archive(
  content: Buffer,
  lie: { size?: number; crc?: number; method?: number; flags?: number } = {},
) {
  const data = deflateRawSync(content);
  const { size = content.length, crc = crc32(content), method = 8, flags = 0 } = lie;
  const local = Buffer.alloc(31, 'a');
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(1, 26);
  local.writeUInt16LE(0, 28);
  const entry = Buffer.alloc(47);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(flags, 8);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(crc, 16);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(1, 28);
  entry.write('a', 46);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, entry, end]);
}

const content = Buffer.from('what numpy wrote '.repeat(20));

describe('openZip', () => {
  const read = async (bytes: Buffer) => (await openZip(bytes)).get('a')?.();

  it('reads what was deflated, by name', async () => {
    const bytes = archive(content);
    assert.deepEqual([...(await openZip(bytes)).keys()], ['a']);
    assert.deepEqual(await read(bytes), content);
  });

  for (const [lie, message] of [
    // A bomb says less than it unpacks to.
    [{ size: 10 }, /too many bytes/],
    [{ size: 2 ** 31 }, /^'a' must take less than 2 GiB, got 2147483648 bytes$/],
    [{ size: content.length + 1 }, /not enough bytes/],
    [{ crc: 1 }, /^'a' must have the checksum it names$/],
    [{ method: 14 }, /unsupported compression method: 14/],
    [{ flags: 1 }, /encrypted/],
  ] as const)
    it(`refuses ${JSON.stringify(lie)}`, () => assert.rejects(read(archive(content, lie)), { message }));

  it('shows the first bytes and the size before it unpacks the rest', async () => {
    const large = archive(Buffer.alloc(50_000_000));
    const unpack = (await openZip(large)).get('a');
    const seen: number[] = [];
    const refuse = (head: Buffer, size: number) => {
      seen.push(head.length, size);
      throw new RangeError('not this one');
    };
    await assert.rejects(unpack?.(refuse) ?? Promise.resolve(), { message: 'not this one' });
    assert.ok((seen[0] ?? 0) >= 2 ** 14 && (seen[0] ?? 0) < 1_000_000, String(seen[0]));
    assert.deepEqual(seen.slice(1), [50_000_000]);
    let calls = 0;
    assert.equal((await unpack?.(() => calls++))?.length, 50_000_000);
    assert.equal(calls, 1);
  });

  it('gives its content or an Error for every file cut short and every flipped bit', async () => {
    const whole = archive(content);
    for (let i = 0; i < whole.length * 8; i++) {
      const flipped = Buffer.from(whole);
      flipped[i >> 3] = (flipped[i >> 3] ?? 0) ^ (1 << (i & 7));
      for (const bytes of i < whole.length ? [flipped, whole.subarray(0, i)] : [flipped])
        try {
          const found = await read(bytes);
          if (found) assert.deepEqual(found, content);
        } catch (error) {
          assert.ok(error instanceof Error && error.name !== 'AssertionError', `bit ${i}: ${String(error)}`);
        }
    }
  });
});
