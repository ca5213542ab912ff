import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core/dist/tensor.js';
import '../../src/native/index.js';
import { imageFolder } from '../../src/data/imageFolder.js';
import { ArgumentError, DataError } from '../../src/errors.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

interface Encoders {
  node: {
    encodePng(image: Tensor3D): Promise<Uint8Array>;
    encodeJpeg(image: Tensor3D, format: string, quality: number): Promise<Uint8Array>;
  };
}
const { node } = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as Encoders;

const folder = temporaryFolder();
for (const name of ['cat', 'ant']) mkdirSync(path.join(folder, name));
// 2 × 4 pixels; in each half of the width the four grey values have one mean: 10 and 200.
const grey = [0, 20, 190, 210, 5, 15, 195, 205];
const image = tf.tensor3d(
  grey.flatMap((value) => [value, value, value]),
  [2, 4, 3],
  'int32',
);
writeFileSync(path.join(folder, 'cat', 'b.png'), await node.encodePng(image));
const flat = tf.fill([8, 8, 3], 77, 'int32') as Tensor3D;
writeFileSync(path.join(folder, 'ant', 'a.JPG'), await node.encodeJpeg(flat, 'rgb', 100));
writeFileSync(path.join(folder, 'ant', 'notes.txt'), 'no image');
tf.dispose([image, flat]);

describe('imageFolder', () => {
  it('reads PNG and JPEG, a class for each folder, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const dataset = await imageFolder(folder, { size: [1, 2], channels: 1 });
    assert.deepEqual(dataset.classes, ['ant', 'cat']);
    assert.deepEqual([...dataset.labels], [0, 1]);
    assert.deepEqual(dataset.shape, [1, 2, 1]);
    // JPEG may be off by one.
    const [first, ...rest] = dataset.images;
    assert.ok(Math.abs((first ?? 0) - 77) <= 1, `got ${first}`);
    assert.deepEqual(rest.slice(1), [10, 200]);
    assert.equal(tf.memory().numTensors, before);
  });

  it('takes the classes by turns, each as often among the first images as among all', async () => {
    const mixed = temporaryFolder();
    const content = await readFile(path.join(folder, 'cat', 'b.png'));
    for (const [name, count] of Object.entries({ few: 2, many: 6 })) {
      mkdirSync(path.join(mixed, name));
      for (let i = 0; i < count; i++) writeFileSync(path.join(mixed, name, `${i}.png`), content);
    }
    // Places 1/4 and 3/4 among 1/12, 3/12, … 11/12; where they are equal the first class comes first.
    const { labels } = await imageFolder(mixed, { size: [1, 1] });
    assert.deepEqual([...labels], [1, 0, 1, 1, 1, 0, 1, 1]);
  });

  it('cuts the middle out of an image with another ratio of sides', async () => {
    const { images } = await imageFolder(folder, { size: [2, 2], classes: ['cat'] });
    assert.deepEqual([...images], [20, 20, 20, 190, 190, 190, 15, 15, 15, 195, 195, 195]);
  });

  it('decodes nothing that names too many pixels', async () => {
    const huge = temporaryFolder();
    mkdirSync(path.join(huge, 'a'));
    const header = Buffer.alloc(33);
    header.write('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', 'latin1');
    header.writeUInt32BE(20_000, 16);
    header.writeUInt32BE(30_000, 20);
    // A JPEG's frame header follows another segment, here one of 4 bytes.
    const jpeg = Buffer.from('ffd8ffe000040000ffc000110875304e2003', 'hex');
    for (const [name, content] of [
      ['x.png', header],
      ['w.jpg', jpeg],
    ] as const) {
      writeFileSync(path.join(huge, 'a', name), content);
      await assert.rejects(
        imageFolder(huge),
        new DataError(
          `imageFolder: ${path.join(huge, 'a', name)} must have at most 67108864 pixels, got 20000 × 30000; scale it down`,
        ),
      );
    }
  });

  it('does not wait for a pipe, and takes no folder for an image', async () => {
    const strange = temporaryFolder();
    mkdirSync(path.join(strange, 'a'));
    execFileSync('mkfifo', [path.join(strange, 'a', 'x.png')]);
    mkdirSync(path.join(strange, 'b', 'y.png'), { recursive: true });
    for (const [name, file] of [
      ['a', 'x.png'],
      ['b', 'y.png'],
    ] as const)
      await assert.rejects(
        imageFolder(strange, { classes: [name] }),
        new DataError(`imageFolder: ${path.join(strange, name, file)} must be a file`),
      );
  });

  it('takes a list of different folders as classes', async () => {
    for (const [classes, got] of [
      ['cat', 'must be a list of folders\' names, got "cat"'],
      [[1], "must be a list of folders' names, got [1]"],
      [['cat', 'ant', 'cat'], 'must name each folder once, got "cat" twice'],
    ])
      await assert.rejects(
        imageFolder(folder, { classes: classes as string[] }),
        new ArgumentError(`imageFolder: classes ${String(got)}`),
      );
  });

  it('names a damaged file', async () => {
    const broken = temporaryFolder();
    mkdirSync(path.join(broken, 'a'));
    const file = path.join(broken, 'a', 'x.png');
    writeFileSync(file, Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]));
    await assert.rejects(
      imageFolder(broken),
      new DataError(`imageFolder: ${file} must be a whole PNG or JPEG image`),
    );
  });

  it('says what a folder must hold', async () => {
    const empty = temporaryFolder();
    await assert.rejects(
      imageFolder(empty),
      new DataError(`imageFolder: ${empty} must hold a folder of images for each class, got none`),
    );
    mkdirSync(path.join(empty, 'a'));
    const inner = path.join(empty, 'a');
    await assert.rejects(
      imageFolder(empty),
      new DataError(`imageFolder: ${inner} must hold PNG or JPEG images, got none`),
    );
    await assert.rejects(imageFolder(path.join(empty, 'b')), DataError);
    await assert.rejects(
      imageFolder(folder, { size: [0, 2] }),
      new ArgumentError('imageFolder: size must be [height, width] in pixels, got [0,2]'),
    );
  });
});
