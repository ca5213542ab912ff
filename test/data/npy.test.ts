import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { DataError } from '../../src/errors.js';
import { parseNpy, readNpy, writeNpy } from '../../src/data/npy.js';

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

  it('refuses a truncated file', async () => {
    await writeNpy(file, { shape: [2], data: new Float32Array([1, 2]) });
    truncateSync(file, 132);
    await assert.rejects(readNpy(file), new DataError(`readNpy: ${file} must hold 2 values, got 4 bytes`));
  });
});
