import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { numpyDataset } from '../../src/data/numpyDataset.js';
import { writeNpy } from '../../src/data/npy.js';
import { ArgumentError, DataError } from '../../src/errors.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

const folder = temporaryFolder();
const file = path.join(folder, 'three.npz');

// numpy 2.4.6: np.savez_compressed(file, x=np.arange(12, dtype='u1').reshape(3, 2, 2), y=np.array([0, 2, 1], 'i8'),
//   f=np.array([[[[.5]]], [[[1]]], [[[0]]]]))
writeFileSync(
  file,
  Buffer.from(
    'UEsDBC0AAAAIAAAAIQCaCbEc//////////8FABQAeC5ucHkBABAAjAAAAAAAAABUAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkZApKmjUKtAHuBiYGRiZmFlY+fg5OIGAFBLAwQtAAAACAAAACEA5vNVTf//////////BQAUAHkubnB5AQAQAJgAAAAAAAAATAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuBihggtKMUBoAUEsDBC0AAAAIAAAAIQBe5s1h//////////8FABQAZi5ucHkBABAAmAAAAAAAAABTAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CoYQpKmjUKtABuBiAIMH9hD6A5RmYAAAUEsBAi0DLQAAAAgAAAAhAJoJsRxUAAAAjAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAgAAAAhAObzVU1MAAAAmAAAAAUAAAAAAAAAAAAAAIABiwAAAHkubnB5UEsBAi0DLQAAAAgAAAAhAF7mzWFTAAAAmAAAAAUAAAAAAAAAAAAAAIABDgEAAGYubnB5UEsFBgAAAAADAAMAmQAAAJgBAAAAAA==',
    'base64',
  ),
);

describe('numpyDataset', () => {
  it("reads NumPy's own archive", async () => {
    const dataset = await numpyDataset({ file, images: 'x', labels: 'y' });
    assert.deepEqual([...dataset.images], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert.deepEqual([...dataset.labels], [0, 2, 1]);
    assert.deepEqual(dataset.shape, [2, 2, 1]);
    assert.deepEqual(dataset.classes, ['class 0', 'class 1', 'class 2']);
    assert.equal(dataset.source.caption, 'three.npz, 3 images');
    const floats = await numpyDataset({ file, images: 'f', labels: 'y', classes: ['a', 'b', 'c', 'd'] });
    assert.deepEqual(floats.images, new Float32Array([0.5, 1, 0]));
    assert.notEqual(floats.source.checksum, dataset.source.checksum);
  });

  it("turns PyTorch's layout round", async () => {
    const [images, labels] = [path.join(folder, 'x.npy'), path.join(folder, 'y.npy')];
    // Two images of 3 channels and 1 × 2 pixels: 10·channel + pixel, the second plus 100.
    const data = Uint8Array.of(0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121);
    await writeNpy(images, { shape: [2, 3, 1, 2], data });
    await writeNpy(labels, { shape: [2, 1], data: Int32Array.of(1, 0) });
    const dataset = await numpyDataset({ images, labels, layout: 'NCHW' });
    assert.deepEqual(dataset.shape, [1, 2, 3]);
    assert.deepEqual([...dataset.images], [0, 10, 20, 1, 11, 21, 100, 110, 120, 101, 111, 121]);
    await assert.rejects(
      numpyDataset({ images, labels }),
      new ArgumentError(
        "numpyDataset: images must be [N, H, W] or [N, H, W, C] with 1 or 3 channels, got [2, 3, 1, 2]; for PyTorch's order say layout: 'NCHW'",
      ),
    );
  });

  it('refuses a label that would need millions of classes at once', async () => {
    const [images, labels] = [path.join(folder, 'one.npy'), path.join(folder, 'far.npy')];
    await writeNpy(images, { shape: [1, 1, 1, 1], data: Uint8Array.of(0) });
    await writeNpy(labels, { shape: [1], data: Int32Array.of(2 ** 31 - 1) });
    await assert.rejects(
      numpyDataset({ images, labels }),
      new ArgumentError(
        'numpyDataset: labels must be below 65536, got 2147483647; number the classes 0, 1, 2 …',
      ),
    );
  });

  for (const [options, error] of [
    [
      { file, images: 'z', labels: 'y' },
      new DataError(`numpyDataset: images must name an array of ${file}, which holds x, y, f; got 'z'`),
    ],
    [
      { file: import.meta.filename, images: 'x', labels: 'y' },
      new DataError(
        `numpyDataset: ${import.meta.filename} must be a whole .npz file that numpy.savez wrote, got 'End of central directory record signature not found. Either not a zip file, or file is truncated.'`,
      ),
    ],
    [
      { file, images: 'x', labels: 'y', classes: ['a', 'b'] },
      new ArgumentError('numpyDataset: labels must be below the number of classes, 2, got 2'),
    ],
    [
      { file, images: 'x', labels: 'f' },
      new ArgumentError('numpyDataset: labels must be integers [N], got Float64Array [3, 1, 1, 1]'),
    ],
    [
      { file, images: 'y', labels: 'y' },
      new ArgumentError(
        'numpyDataset: images must be [N, H, W] or [N, H, W, C] with 1 or 3 channels, got [3]',
      ),
    ],
  ] as const) {
    it(`answers: ${error.message.slice(14, 60)}`, async () => {
      await assert.rejects(numpyDataset(options), error);
    });
  }
});
