import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cifar10 } from '../../src/data/cifar10.js';
import { ArgumentError, DataError } from '../../src/errors.js';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'roarbook-cifar-'));
});
after(() => rm(root, { recursive: true }));

/** Records of one label and one colour each. */
function records(...images: [label: number, red: number, green: number, blue: number][]): Buffer {
  return Buffer.concat(
    images.map(([label, ...colour]) =>
      Buffer.concat([Buffer.of(label), ...colour.map((byte) => Buffer.alloc(1024, byte))]),
    ),
  );
}

async function folder(files: Record<string, Buffer>): Promise<string> {
  const dir = await mkdtemp(join(root, 'case-'));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, name), bytes);
  return dir;
}

const whole = {
  'data_batch_2.bin': records([6, 10, 11, 12]),
  'data_batch_10.bin': records([3, 20, 21, 22]),
  'data_batch_1.bin': records([0, 0, 0, 0], [9, 255, 254, 253]),
  'test_batch.bin': records([8, 1, 2, 3]),
};

describe('cifar10', () => {
  it('reads the batches in the order of their numbers, CHW to HWC', async () => {
    const { train, test } = await cifar10({ dir: await folder(whole) });
    assert.deepEqual([...train.labels], [0, 9, 6, 3]);
    assert.deepEqual(train.shape, [32, 32, 3]);
    assert.equal(train.images.length, 4 * 3072);
    assert.deepEqual([...train.images.slice(3072, 3078)], [255, 254, 253, 255, 254, 253]);
    assert.deepEqual([...test.images.slice(-3)], [1, 2, 3]);
    assert.equal(train.classes[9], 'truck');
  });

  it('places each byte of a record by channel, row and column', async () => {
    const bytes = Buffer.alloc(3073);
    // Channel 1, row 2, column 5 of CHW; the same pixel in HWC is at (2·32 + 5)·3 + 1.
    bytes[1 + 1024 + 2 * 32 + 5] = 77;
    const dir = await folder({ 'data_batch_1.bin': bytes, 'test_batch.bin': bytes });
    const { train } = await cifar10({ dir });
    assert.equal(train.images[(2 * 32 + 5) * 3 + 1], 77);
    assert.equal(Buffer.from(train.images).filter((byte) => byte > 0).length, 1);
  });

  it('says in every caption that the files are not the official ones', async () => {
    const data = await cifar10({ dir: await folder(whole), note: 'made up' });
    const remark = 'not the official files by checksum, made up';
    assert.equal(data.source.caption, `CIFAR-10, 4 training and 1 test images, ${remark}`);
    assert.equal(data.train.source.caption, `CIFAR-10, 4 training images, ${remark}`);
    assert.equal(data.source.official, false);
  });

  it('takes the first images on request, and says so', async () => {
    const { train, source } = await cifar10({ dir: await folder(whole), train: 3 });
    assert.deepEqual([...train.labels], [0, 9, 6]);
    assert.match(source.caption, /^CIFAR-10, first 3 training and 1 test images/);
  });

  it('changes the checksum with one byte of one set', async () => {
    const first = await cifar10({ dir: await folder(whole) });
    const other = { ...whole, 'test_batch.bin': records([8, 1, 2, 4]) };
    const second = await cifar10({ dir: await folder(other) });
    assert.equal(first.train.source.checksum, second.train.source.checksum);
    assert.notEqual(first.source.checksum, second.source.checksum);
  });

  it('finds the batches in cifar-10-batches-bin, and through ROARBOOK_DATA', async () => {
    const outer = await folder({});
    await mkdir(join(outer, 'cifar-10-batches-bin'));
    for (const [name, bytes] of Object.entries(whole))
      await writeFile(join(outer, 'cifar-10-batches-bin', name), bytes);
    process.env['ROARBOOK_DATA'] = outer;
    try {
      assert.equal((await cifar10()).train.labels.length, 4);
    } finally {
      delete process.env['ROARBOOK_DATA'];
    }
  });

  const damaged: [what: string, files: Record<string, Buffer>, message: RegExp][] = [
    [
      'a truncated file',
      { ...whole, 'data_batch_3.bin': Buffer.alloc(12) },
      /^cifar10: data_batch_3\.bin must hold whole records of 3073 bytes, got 12 bytes; download it again/,
    ],
    [
      'an empty file',
      { ...whole, 'test_batch.bin': Buffer.alloc(0) },
      /^cifar10: test_batch\.bin must hold whole records of 3073 bytes, got 0 bytes; download it again/,
    ],
    [
      'a label above 9',
      { ...whole, 'data_batch_3.bin': records([9, 0, 0, 0], [10, 0, 0, 0]) },
      /^cifar10: labels in data_batch_3\.bin must be 0…9, got 10 in record 1; download it again/,
    ],
    [
      'no training batch',
      { 'test_batch.bin': whole['test_batch.bin'] },
      /^cifar10: a folder must hold at least one data_batch_N\.bin .* got no data_batch_N\.bin in .*; download/,
    ],
    [
      'no test batch',
      { 'data_batch_1.bin': whole['data_batch_1.bin'] },
      /^cifar10: a folder must hold .* got no test_batch\.bin in .*; download/,
    ],
  ];
  for (const [what, files, message] of damaged) {
    it(`names the file and the remedy for ${what}, whatever the limit`, async () => {
      const dir = await folder(files);
      await assert.rejects(cifar10({ dir, train: 1 }), (error) => {
        assert.ok(error instanceof DataError);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  const odd: [what: string, make: (file: string) => Promise<void>, message: RegExp][] = [
    [
      'a folder of a batch file’s name',
      async (file) => void (await mkdir(file)),
      /^cifar10: data_batch_9\.bin must be a file, got something else; look at /,
    ],
    [
      'a link that leads nowhere',
      (file) => symlink(join(root, 'gone'), file),
      /^cifar10: data_batch_9\.bin must be readable, got ENOENT; look at its permissions, or at where it links to/,
    ],
    [
      'a link to itself',
      (file) => symlink(file, file),
      /^cifar10: data_batch_9\.bin must be readable, got ELOOP; look at/,
    ],
  ];
  for (const [what, make, message] of odd) {
    it(`names ${what}`, async () => {
      const dir = await folder(whole);
      await make(join(dir, 'data_batch_9.bin'));
      await assert.rejects(cifar10({ dir }), (error) => {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('names a folder that is not there', async () => {
    await assert.rejects(
      cifar10({ dir: join(root, 'nowhere') }),
      /^DataError: cifar10: the folder must exist, got .*nowhere \(ENOENT\); pass the folder/,
    );
  });

  it('names a limit that is no positive integer', async () => {
    await assert.rejects(
      cifar10({ dir: root, test: 0 }),
      new ArgumentError('cifar10: test must be a positive integer, got 0'),
    );
  });

  it('leaves the folder as it found it', async () => {
    const dir = await folder(whole);
    await cifar10({ dir });
    assert.deepEqual((await readdir(dir)).sort(), Object.keys(whole).sort());
  });
});
