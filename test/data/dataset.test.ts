import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { channelMeans } from '../../src/data/channelMeans.js';
import { checksum } from '../../src/data/checksum.js';
import type { Dataset } from '../../src/data/dataset.js';
import { subset } from '../../src/data/subset.js';
import { ArgumentError } from '../../src/errors.js';

/** Three images [1, 2, 2]. */
const tiny: Dataset = {
  images: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110),
  labels: Int32Array.of(2, 0, 1),
  shape: [1, 2, 2],
  classes: ['a', 'b', 'c'],
  source: { name: 'tiny', official: true, checksum: '', caption: 'tiny, 3 images' },
  masks: Uint8Array.of(1, 0, 0, 1, 1, 1),
};

describe('channelMeans', () => {
  it('averages each channel over images and pixels, in [0, 1]', () => {
    // Channel 0: 0, 20, 40, 60, 80, 100; channel 1 is 10 more everywhere.
    assert.deepEqual([...channelMeans(tiny)], [50 / 255, 60 / 255]);
  });

  it('takes floats as they are', () => {
    const images = Float32Array.of(0, 1, 0.5, 0.25);
    assert.deepEqual([...channelMeans({ images, shape: [1, 2, 2] })], [0.25, 0.625]);
  });
});

describe('subset', () => {
  it('takes the first images with labels and masks, and says so in the caption', () => {
    const part = subset(tiny, 2);
    assert.deepEqual([...part.images], [0, 10, 20, 30, 40, 50, 60, 70]);
    assert.deepEqual([...part.labels], [2, 0]);
    assert.deepEqual([...(part.masks ?? [])], [1, 0, 0, 1]);
    assert.equal(part.source.caption, 'tiny, 3 images, the first 2 of them');
    assert.equal(part.source.checksum, checksum(part));
    assert.equal(subset(tiny, 3), tiny);
  });

  it('names the range that count must lie in', () => {
    for (const count of [0, 4, 1.5])
      assert.throws(
        () => subset(tiny, count),
        new ArgumentError(`subset: count must be an integer in 1…3, got ${count}`),
      );
  });
});

describe('checksum', () => {
  it('is the SHA-256 of a header, the images and the labels', () => {
    const expected = createHash('sha256')
      .update('Uint8Array 3 1 2 2\n')
      .update(Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110))
      .update(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0))
      .digest('hex');
    assert.equal(checksum(tiny), expected);
  });

  it('changes with one pixel, one label, the shape and the element type', () => {
    const others = [
      { ...tiny, images: tiny.images.map((byte, i) => byte + (i === 7 ? 1 : 0)) },
      { ...tiny, labels: Int32Array.of(2, 0, 2) },
      { ...tiny, shape: [2, 1, 2] as const },
      { ...tiny, images: Float32Array.from(tiny.images) },
    ];
    const sums = new Set([tiny, ...others].map(checksum));
    assert.equal(sums.size, 5);
  });
});
