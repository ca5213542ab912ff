import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import '../../../src/native/index.js';
import { readNpy, writeNpy } from '../../../src/data/npy.js';
import { shapes } from '../../../src/data/shapes.js';
import { ranks, ranksTask } from '../../../src/experiments/kinds/ranks.js';
import { seeded } from '../../../src/random.js';
import { temporaryFolder } from '../../fixtures/temporaryFolder.js';

const root = temporaryFolder();

/** 4,003 images of 2 × 2 pixels: two parts. */
function dataset(count: number) {
  const { classes, source } = shapes({ count: 1, test: 1, random: seeded(1) }).train;
  const labels = new Int32Array(count);
  return { images: new Uint8Array(count * 4), labels, shape: [2, 2, 1] as const, classes, source };
}

const data = { train: dataset(4003), test: dataset(5) };
const task = ranksTask({ datasets: ['a', 'b'], attribution: { method: 'random' }, seed: 3 });

async function compute(name: string, checkpoint: string): Promise<string> {
  const folder = path.join(root, name);
  for (const made of [folder, checkpoint]) mkdirSync(made, { recursive: true });
  await ranks.compute(data, { task, folder, inputs: {}, checkpoint });
  return folder;
}

describe('ranks', () => {
  it('go on after a kill where a part ended, with the same bytes', async () => {
    const checkpoint = path.join(root, 'parts');
    const whole = readFileSync(path.join(await compute('whole', checkpoint), 'train.npy'));
    assert.deepEqual(readdirSync(checkpoint), ['test-0.npy', 'train-0.npy', 'train-4000.npy']);
    // Killed while the second part was written: what is not whole is computed again.
    truncateSync(path.join(checkpoint, 'train-4000.npy'), 100);
    const resumed = await compute('resumed', checkpoint);
    assert.deepEqual(readFileSync(path.join(resumed, 'train.npy')), whole);
    // A part that is there is not computed again: another order in its place is taken.
    const first = path.join(checkpoint, 'train-0.npy');
    const { shape } = await readNpy(first);
    await writeNpy(first, { shape, data: new Uint16Array(16_000) });
    const { data: read } = await readNpy(path.join(await compute('taken', checkpoint), 'train.npy'));
    assert.equal(read.length, 4003 * 4);
    assert.ok(read.subarray(0, 16_000).every((rank) => Number(rank) === 0));
    assert.ok(read.subarray(16_000).some((rank) => Number(rank) > 0));
  });
});
