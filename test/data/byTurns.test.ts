import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byTurns } from '../../src/data/byTurns.js';
import { checksum } from '../../src/data/checksum.js';
import type { Dataset } from '../../src/data/dataset.js';
import { subset } from '../../src/data/subset.js';

/** Two images of class 0 after six of class 1; each image's pixels and mask are its position. */
const sorted: Dataset = {
  images: Uint8Array.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7),
  labels: Int32Array.of(1, 1, 1, 1, 1, 1, 0, 0),
  shape: [1, 2, 1],
  classes: ['few', 'many'],
  source: { name: 'sorted', official: null, checksum: '', caption: 'sorted, 8 images' },
  masks: Uint8Array.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7),
};

describe('byTurns', () => {
  it('spreads each class evenly, in its own order, and keeps images, labels and masks together', () => {
    const mixed = byTurns(sorted);
    // Places 1/12, 3/12, … 11/12 of the many, 1/4 and 3/4 of the few; where they are equal the first class comes first.
    const order = [0, 6, 1, 2, 3, 7, 4, 5];
    assert.deepEqual([...mixed.labels], [1, 0, 1, 1, 1, 0, 1, 1]);
    const pairs = order.flatMap((position) => [position, position]);
    assert.deepEqual([...mixed.images], pairs);
    assert.deepEqual([...(mixed.masks ?? [])], pairs);
    assert.equal(mixed.source.caption, 'sorted, 8 images, classes by turns');
    assert.equal(mixed.source.checksum, checksum(mixed));
    assert.deepEqual([...sorted.labels], [1, 1, 1, 1, 1, 1, 0, 0]);
  });

  it('gives a subset each class as often as all images do, also of floats', () => {
    const floats = { ...sorted, images: Float32Array.from(sorted.images) };
    const part = subset(byTurns(floats), 4);
    assert.deepEqual([...part.labels], [1, 0, 1, 1]);
    assert.deepEqual(part.images, Float32Array.of(0, 0, 6, 6, 1, 1, 2, 2));
  });

  it('is the data set itself where classes come by turns', () => {
    const mixed = byTurns(sorted);
    assert.equal(byTurns(mixed), mixed);
  });
});
