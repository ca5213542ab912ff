import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channelMeans } from '../../src/data/channelMeans.js';
import type { Dataset } from '../../src/data/dataset.js';
import { shapeClasses, shapes } from '../../src/data/shapes.js';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';

const size = 32 * 32;

/** Mean colour of the pixels of one image whose mask is `value`. */
function meanColour({ images, masks }: Dataset, image: number, value: 0 | 1): number[] {
  const sums = [0, 0, 0];
  let count = 0;
  for (let i = image * size; i < (image + 1) * size; i++) {
    if (masks?.[i] !== value) continue;
    count++;
    for (let c = 0; c < 3; c++) sums[c] = (sums[c] ?? 0) + (images[3 * i + c] ?? 0);
  }
  return sums.map((sum) => sum / count);
}

describe('shapes', () => {
  const { train, test, source } = shapes({ count: 400, random: seeded(5) });

  it('gives the same bytes for the same seed and others for another', () => {
    assert.equal(shapes({ count: 400, random: seeded(5) }).source.checksum, source.checksum);
    assert.notEqual(shapes({ count: 400, random: seeded(6) }).source.checksum, source.checksum);
  });

  it('begins a larger set with the smaller one', () => {
    const smaller = shapes({ count: 33, test: 7, random: seeded(5) });
    assert.deepEqual(smaller.train.images, train.images.slice(0, 33 * size * 3));
    assert.deepEqual(smaller.train.masks, train.masks?.slice(0, 33 * size));
    assert.deepEqual(smaller.test.labels, test.labels.slice(0, 7));
  });

  it('has ten classes in every ten images, and test images of its own', () => {
    assert.equal(shapeClasses.length, 10);
    for (let start = 0; start < 400; start += 10)
      assert.equal(new Set(train.labels.slice(start, start + 10)).size, 10);
    assert.equal(test.labels.length, 100);
    assert.notDeepEqual(test.images.slice(0, 3 * size), train.images.slice(0, 3 * size));
  });

  it('covers 40 to 500 pixels of each image, in a colour apart from the background', () => {
    for (let image = 0; image < 400; image++) {
      const mask = train.masks?.subarray(image * size, (image + 1) * size) ?? [];
      const covered = Buffer.from(mask).filter((pixel) => pixel === 1).length;
      assert.ok(covered >= 40 && covered <= 500, `image ${image} covers ${covered}`);
      const outside = meanColour(train, image, 0);
      const distance = Math.hypot(
        ...meanColour(train, image, 1).map((value, c) => value - (outside[c] ?? 0)),
      );
      // 100 levels by construction; clipping of the noise and an uneven background take some of it.
      assert.ok(distance > 50, `image ${image}: ${distance}`);
    }
  });

  it('does not tell the class by colour', () => {
    for (const value of [0, 1] as const) {
      const means = shapeClasses.map((_, label) => {
        const own = [...train.labels.keys()].filter((i) => train.labels[i] === label);
        return own.reduce((sum, i) => sum + (meanColour(train, i, value)[0] ?? 0), 0) / own.length;
      });
      // A uniform colour has standard deviation 74; the mean of 40 of them 11.7. Four of that.
      for (const mean of means) assert.ok(Math.abs(mean - 127.5) < 47, means.join(' '));
    }
  });

  it('names its images in the caption and has no official files', () => {
    assert.equal(source.caption, 'generated shapes, 400 training and 100 test images');
    assert.equal(train.source.official, null);
    assert.equal(channelMeans(train).length, 3);
  });

  it('names the count that is wrong', () => {
    assert.throws(
      () => shapes({ count: 0, random: seeded(1) }),
      new ArgumentError('shapes: count must be a positive integer, got 0'),
    );
  });
});
