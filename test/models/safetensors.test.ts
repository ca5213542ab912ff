import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { DataError } from '../../src/errors.js';
import { readHeader, readSafetensors, writeSafetensors } from '../../src/models/safetensors.js';
import { parseHeader } from '../../src/models/safetensorsHeader.js';
import { seeded } from '../../src/random.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

const folder = temporaryFolder();
const array = (...values: number[]) => ({ shape: [values.length], values: Float32Array.from(values) });
const entry = (begin: number, end: number, changes = '') =>
  `{"dtype":"F32","shape":[${(end - begin) / 4}],"data_offsets":[${begin},${end}]${changes}}`;
const parse = (header: string | Uint8Array, size = 4) => parseHeader('x', Buffer.from(header), size);
const refused = (what: string) => new DataError(`safetensors: x is damaged or no safetensors file: ${what}`);

describe('parseHeader', () => {
  it('takes names that look like syntax', () => {
    for (const name of ['dtype', '__proto__', 'data_offsets', 'shape', 'a\\"dtype\\":', '{', 'toString', ''])
      assert.equal(
        parse(`{"${name}":${entry(0, 4)}}`).entries.get(JSON.parse(`"${name}"`) as string)?.end,
        4,
      );
  });

  it('takes metadata of any text', () => {
    const text = '{"dtype":1,"dtype":2}';
    const { metadata } = parse(`{"__metadata__":{"dtype":${JSON.stringify(text)}}}`, 0);
    assert.deepEqual(metadata, { dtype: text });
  });

  it('refuses what is named twice, in any spelling', () => {
    const cases: [string, string][] = [
      [`{"a":${entry(0, 4)},"a":${entry(0, 4)}}`, '"a"'],
      [`{"a":${entry(0, 4)},"\\u0061":${entry(0, 4)}}`, '"a"'],
      [`{"a":${entry(0, 4, ',"dtype":"F32"')}}`, '"dtype"'],
      [`{"a":${entry(0, 4, ',"d\\u0074ype":"I32"')}}`, '"dtype"'],
      [`{"a":${entry(0, 4)},"__metadata__":{},"__metadata__":{}}`, '"__metadata__"'],
      [`{"__proto__":${entry(0, 4)},"__proto__":${entry(0, 4)}}`, '"__proto__"'],
    ];
    for (const [header, name] of cases)
      assert.throws(() => parse(header), refused(`its header must name everything once, got ${name} twice`));
  });

  it('refuses a header that is not UTF-8, or starts with a byte order mark', () => {
    const good = Buffer.from(`{"a":${entry(0, 4)}}`);
    const latin = Buffer.from(good);
    latin[2] = 0xe4;
    for (const header of [latin, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good])])
      assert.throws(() => parse(header), refused('its header must be JSON in UTF-8'));
  });

  it('refuses ranges that are no whole numbers, turned round or of another length', () => {
    for (const range of [
      '[null,4]',
      '[-4,0]',
      '[4,0]',
      '[0,4.5]',
      '[0,1e999]',
      '[0]',
      '[0,4,8]',
      '"0,4"',
      '[0,8]',
    ])
      assert.throws(
        () => parse(`{"a":{"dtype":"F32","shape":[1],"data_offsets":${range}}}`),
        DataError,
        range,
      );
    // 2^53 numbers and more are no count that a double holds.
    for (const shape of ['[9007199254740993]', '[4294967296,4294967296]', '[1e308,1e308,0]', '[NaN]'])
      assert.throws(
        () => parse(`{"a":{"dtype":"F32","shape":${shape},"data_offsets":[0,4]}}`),
        DataError,
        shape,
      );
    for (const dtype of ['"f32"', '"constructor"', '"__proto__"', '1', 'null'])
      assert.throws(
        () => parse(`{"a":{"dtype":${dtype},"shape":[1],"data_offsets":[0,4]}}`),
        DataError,
        dtype,
      );
  });

  it('answers a damaged header with tensors that fill the data, or a DataError', () => {
    const random = seeded(5);
    const good = Buffer.from(`{"__metadata__":{"a":"b"},"dtype":${entry(0, 8)},"b":${entry(8, 12)}}`);
    let [taken, refusals] = [0, 0];
    for (let round = 0; round < 4000; round++) {
      const header = Buffer.from(good);
      const changes = 1 + random.integer(3);
      for (let change = 0; change < changes; change++) {
        const at = random.integer(header.length);
        const kind = random.integer(3);
        if (kind === 0) header[at] = random.integer(256);
        else if (kind === 1) header[at] = good[random.integer(good.length)] ?? 0;
        else header.copyWithin(at, random.integer(header.length), random.integer(header.length));
      }
      try {
        const { entries } = parseHeader('x', header, 12);
        assert.equal(
          [...entries.values()].reduce((sum, { begin, end }) => sum + end - begin, 0),
          12,
        );
        taken++;
      } catch (error) {
        assert.ok(error instanceof DataError, `${header.toString('latin1')}: ${String(error)}`);
        assert.ok(error.message.length < 600, error.message);
        refusals++;
      }
    }
    assert.ok(taken > 100 && refusals > 1000, `${taken} taken, ${refusals} refused`);
  });
});

describe('readSafetensors', () => {
  it('brings back an array named like an object’s prototype', async () => {
    const file = path.join(folder, 'names');
    await writeSafetensors(file, Object.fromEntries([['__proto__', array(1, 2)]]));
    const { arrays } = await readSafetensors(file);
    assert.deepEqual(Object.keys(arrays), ['__proto__']);
    assert.deepEqual(Object.values(arrays)[0]?.values, Float32Array.of(1, 2));
  });

  it('refuses every truncation of a file', async () => {
    const file = path.join(folder, 'short');
    await writeSafetensors(file, { a: array(1, 2, 3) });
    const whole = await readFile(file);
    for (let length = whole.length - 1; length >= 0; length -= 5) {
      await writeFile(file, whole);
      await truncate(file, length);
      await assert.rejects(readSafetensors(file), DataError, `${length} bytes`);
    }
  });

  it('refuses folders, devices and pipes without waiting', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const file of [folder, '/dev/zero', pipe])
      await assert.rejects(
        readHeader(file),
        new DataError(`safetensors: ${file} is damaged or no safetensors file: it must be a file`),
      );
  });

  /** A file of one array 'a'. */
  async function typed(dtype: string, data: ArrayBufferView, count: number): Promise<string> {
    const file = path.join(folder, dtype);
    const { buffer, byteOffset, byteLength } = data;
    const header = Buffer.from(
      `{"a":{"dtype":"${dtype}","shape":[${count}],"data_offsets":[0,${byteLength}]}}`,
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await writeFile(file, Buffer.concat([length, header, new Uint8Array(buffer, byteOffset, byteLength)]));
    return file;
  }

  it('reads other float types as float32', async () => {
    // Bits by hand: 1, −2, the smallest and the largest subnormal, the largest number, 1/3, −0, −∞.
    const half = Uint16Array.of(0x3c00, 0xc000, 1, 0x03ff, 0x7bff, 0x3555, 0x8000, 0xfc00);
    const numbers = [1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, 0.333251953125, -0, -Infinity];
    const brain = Uint16Array.of(0x3f80, 0xc049, 0x0001, 0x8000, 0x7f80);
    const cases: [dtype: string, data: ArrayBufferView, expected: readonly number[]][] = [
      ['F16', half, numbers],
      ['BF16', brain, [1, -3.140625, 2 ** -133, -0, Infinity]],
      ['F64', Float64Array.of(0.1, 1e-50, 1e50), [Math.fround(0.1), 0, Infinity]],
    ];
    for (const [dtype, data, expected] of cases) {
      const { arrays } = await readSafetensors(await typed(dtype, data, expected.length));
      assert.deepEqual(arrays['a']?.values, Float32Array.from(expected));
    }
    const nan = await readSafetensors(await typed('F16', Uint16Array.of(0x7e00), 1));
    assert.deepEqual(nan.arrays['a']?.values, Float32Array.of(NaN));
  });

  it('says how to convert what is no float', async () => {
    await assert.rejects(
      readSafetensors(await typed('I64', new BigInt64Array(2), 2)),
      /: 'a' must be F32, F16, BF16 or F64, got I64; convert it with PyTorch's \.float\(\)$/,
    );
  });
});
