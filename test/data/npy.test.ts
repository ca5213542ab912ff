import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { parseNpy, readNpy, writeNpy } from '../../src/data/npy.js';
import { ArgumentError, DataError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';

const folder = mkdtempSync(path.join(tmpdir(), 'roarbook-npy-'));
const file = path.join(folder, 'array.npy');
after(() => rmSync(folder, { recursive: true }));

describe('writeNpy', () => {
  for (const data of [
    new Uint8Array([1, 255]),
    new Uint16Array([1, 65535]),
    new Int32Array([-1, 7]),
    new Float32Array([0.5, -3]),
  ]) {
    it(`keeps a ${data.constructor.name}`, async () => {
      await writeNpy(file, { shape: [2, 1], data });
      assert.deepEqual(await readNpy(file), { shape: [2, 1], data });
    });
  }

  it("writes NumPy's own bytes", async () => {
    await writeNpy(file, { shape: [2], data: new Int32Array([1, 2]) });
    // numpy 2.4.6: np.save('x.npy', np.array([1, 2], '<i4'))
    const header =
      "\x93NUMPY\x01\x00v\x00{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }".padEnd(127) + '\n';
    assert.equal(readFileSync(file, 'latin1'), `${header}\x01\x00\x00\x00\x02\x00\x00\x00`);
  });
});

describe('readNpy', () => {
  it('refuses what is stored column by column, and says how to save it', () => {
    const header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }".padEnd(117) + '\n';
    const bytes = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00' + header, 'latin1'), Buffer.alloc(8)]);
    assert.throws(() => parseNpy(bytes, 'x'), /x must be stored row by row; save it with numpy\.save/);
  });

  it('refuses what is no array, and shapes that are none, whatever their product', () => {
    const bytes = (header: string, size: number) =>
      Buffer.concat([
        Buffer.from(`\x93NUMPY\x01\x00v\x00${header.padEnd(117)}\n`, 'latin1'),
        Buffer.alloc(size),
      ]);
    const header = (shape: string, type = '<f4') =>
      `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape}), }`;
    assert.deepEqual(parseNpy(bytes(header('2, 1'), 8), 'x').shape, [2, 1]);
    assert.deepEqual(parseNpy(bytes(header(''), 4), 'x').shape, []);
    for (const shape of [
      '-2, -1',
      '-1, -2,',
      '2.0,',
      '1e1,',
      '0x2,',
      'None,',
      '2L,',
      '2 1,',
      '99999999999999999999,',
    ])
      assert.throws(() => parseNpy(bytes(header(shape), 8), 'x'), DataError, shape);
    for (const type of ['<f2', '>f4', '<c8', 'O', '|O', '<U1', 'toString', '__proto__'])
      assert.throws(() => parseNpy(bytes(header('2,', type), 8), 'x'), DataError, type);
    for (const file of [
      '',
      'PK\x03\x04',
      '\x93NUMPY',
      '\x93NUMPY\x02\x00\xff\xff\xff\xff',
      '\x93NUMPY\x01\x00\xff\xff{}',
    ])
      assert.throws(() => parseNpy(Buffer.from(file, 'latin1'), 'x'), DataError, file);
  });

  it('refuses a header that says one thing twice, another, or has no known version', () => {
    const file = (header: string, version = 1) =>
      Buffer.concat([
        Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\x00v\x00${header.padEnd(117)}\n`, 'latin1'),
        Buffer.alloc(8),
      ]);
    const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";
    assert.deepEqual(parseNpy(file(good), 'x').shape, [2]);
    assert.deepEqual(
      parseNpy(file("{'shape': (2,), 'fortran_order': False, 'descr': '<f4', }"), 'x').shape,
      [2],
    );
    for (const header of [
      good.replace('}', ", 'shape': (1, 2)}"),
      good.replace('}', ", 'descr': '<i4'}"),
      good.replace('}', ", 'other': False}"),
      good.replace("'fortran_order': False, ", ''),
      good.replace('False', 'Maybe'),
      good.replace('}', ''),
      `${good} + {}`,
    ])
      assert.throws(() => parseNpy(file(header), 'x'), DataError, header);
    for (const version of [0, 4, 255]) assert.throws(() => parseNpy(file(good, version), 'x'), DataError);
  });

  it('refuses a header of millions of bytes at once', () => {
    // What looked for a shape at each of these places took minutes.
    for (const part of ["'shape': (", "'descr': '", '{', "'shape': (1,), "]) {
      const text = part.repeat(2_000_000 / part.length);
      const start = Buffer.from('\x93NUMPY\x02\x00\x00\x00\x00\x00', 'latin1');
      start.writeUInt32LE(text.length, 8);
      assert.throws(() => parseNpy(Buffer.concat([start, Buffer.from(text)]), 'x'), DataError);
    }
  });

  it('answers a damaged file with an array that fills its shape, or a DataError', async () => {
    await writeNpy(file, { shape: [2, 3], data: new Float32Array(6) });
    const good = readFileSync(file);
    const random = seeded(3);
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(good);
      for (let change = random.integer(3); change >= 0; change--)
        bytes[random.integer(80)] = random.integer(2) ? random.integer(256) : (good[random.integer(80)] ?? 0);
      try {
        const { shape, data } = parseNpy(bytes, 'x');
        assert.equal(
          shape.reduce((product, length) => product * length, 1),
          data.length,
        );
      } catch (error) {
        assert.ok(error instanceof DataError, `${bytes.toString('latin1')}: ${String(error)}`);
      }
    }
  });

  it('refuses a path that is no file, and data that do not fit their shape', async () => {
    await assert.rejects(
      readNpy(folder),
      new DataError(`readNpy: ${folder} must be a readable file of at most 2 GiB; check the path`),
    );
    await assert.rejects(
      writeNpy(file, { shape: [3], data: new Int32Array(2) }),
      new ArgumentError('writeNpy: data must be a typed array of as many values as its shape, got 2 and [3]'),
    );
    await assert.rejects(writeNpy(folder, { shape: [2], data: new Int32Array(2) }), DataError);
  });

  it('refuses a file of gigabytes by its header, without reading the rest', async () => {
    await writeNpy(file, { shape: [2], data: new Float32Array(2) });
    truncateSync(file, 1.5 * 2 ** 30);
    const { rss } = process.memoryUsage();
    await assert.rejects(
      readNpy(file),
      new DataError(`readNpy: ${file} must hold 2 values, got 1610612608 bytes`),
    );
    assert.ok(process.memoryUsage().rss - rss < 2 ** 27);
  });

  it('refuses a truncated file', async () => {
    await writeNpy(file, { shape: [2], data: new Float32Array([1, 2]) });
    truncateSync(file, 132);
    await assert.rejects(readNpy(file), new DataError(`readNpy: ${file} must hold 2 values, got 4 bytes`));
  });
});
