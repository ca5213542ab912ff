import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import '../../../src/native/index.js';
import type { Dataset } from '../../../src/data/dataset.js';
import { subset } from '../../../src/data/subset.js';
import { numpyDataset } from '../../../src/data/numpyDataset.js';
import { writeNpy } from '../../../src/data/npy.js';
import { ArgumentError } from '../../../src/errors.js';
import { Laboratory } from '../../../src/experiments/laboratory.js';
import type { SectionDefinition } from '../../../src/experiments/section.js';
import { section, sections } from '../../../src/experiments/sections/index.js';
import { Statements } from '../../../src/tables/statements.js';
import { seeded } from '../../../src/random.js';
import { temporaryFolder } from '../../fixtures/temporaryFolder.js';
import { tiny } from '../../fixtures/tinyProfile.js';
import path from 'node:path';

const folder = temporaryFolder();

/** Grey images, not square, of three classes, as a user's own arrays. */
async function grey(name: string, count: number): Promise<Dataset> {
  const random = seeded(count);
  const [images, labels] = [path.join(folder, `${name}.npy`), path.join(folder, `${name}-labels.npy`)];
  const data = Uint8Array.from({ length: count * 20 * 14 }, () => random.integer(256));
  await writeNpy(images, { shape: [count, 20, 14], data });
  await writeNpy(labels, { shape: [count], data: Int32Array.from({ length: count }, (_, i) => i % 3) });
  return numpyDataset({ images, labels, classes: ['a', 'b', 'c'] });
}

describe("sections on a user's own images", () => {
  before(() => (process.env.ROARBOOK_STORE = path.join(folder, 'store')));
  after(() => delete process.env.ROARBOOK_STORE);

  for (const [name, definition] of Object.entries<SectionDefinition>(sections)) {
    it(`${name}: shows everything, of all images, and says whose they are`, async () => {
      const data = { train: await grey('train', 45), test: await grey('test', 21) };
      const laboratory = new Laboratory(tiny(), { data });
      for (const { shown, title } of await definition.open(laboratory).exhibits()) {
        if (shown instanceof Statements) continue;
        assert.match(shown.caption, /45 images.* for training; .*21 images.* for testing/, title);
      }
      const { profile } = laboratory;
      assert.deepEqual([profile.dataset, profile.train, profile.test], ['own', 45, 21]);
    });
  }

  it('attacks and shows images of every class where the arrays hold one class after the other', async () => {
    const mixed = await grey('test', 21);
    const sorted = { ...mixed, labels: mixed.labels.slice().sort() };
    const data = { train: await grey('train', 45), test: sorted };
    const { test } = await new Laboratory(tiny(), { data }).data();
    assert.deepEqual([...subset(test, 4).labels], [0, 1, 2, 0]);
  });

  it('must have training and test images of one form', async () => {
    const train = await grey('train', 45);
    const data = { train, test: { ...train, shape: [14, 20, 1] as const } };
    assert.throws(() => section('a3', tiny(), { data }), ArgumentError);
  });
});
