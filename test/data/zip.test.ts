import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { ZipArchive } from '../../src/data/zip.js';

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

describe('ZipArchive', () => {
  it('reads what was deflated, and knows no other name', () => {
    const zip = new ZipArchive(archive(content));
    assert.deepEqual(zip.names(), ['a']);
    assert.deepEqual(zip.read('a'), content);
    assert.equal(zip.read('b'), undefined);
  });

  for (const [lie, message] of [
    // A bomb says less than it unpacks to.
    [{ size: 10 }, "'a' must unpack to 10 bytes"],
    [{ size: 2 ** 31 }, "'a' must take less than 2 GiB, got 2147483648 bytes"],
    [{ size: content.length + 1 }, "'a' must have the checksum it names"],
    [{ crc: 1 }, "'a' must have the checksum it names"],
    [{ method: 14 }, "'a' must be stored or deflated, got method 14"],
    [{ flags: 1 }, 'it must not be encrypted'],
  ] as const)
    it(`refuses ${JSON.stringify(lie)}`, () => {
      assert.throws(() => new ZipArchive(archive(content, lie)).read('a'), new RangeError(message));
    });

  it('gives its content or a RangeError for every file cut short and every flipped bit', () => {
    const whole = archive(content);
    for (let i = 0; i < whole.length * 8; i++) {
      const flipped = Buffer.from(whole);
      flipped[i >> 3] = (flipped[i >> 3] ?? 0) ^ (1 << (i & 7));
      for (const bytes of i < whole.length ? [flipped, whole.subarray(0, i)] : [flipped])
        try {
          const read = new ZipArchive(bytes).read('a');
          if (read) assert.deepEqual(read, content);
        } catch (error) {
          assert.ok(error instanceof RangeError, `bit ${i}: ${String(error)}`);
        }
    }
  });
});
