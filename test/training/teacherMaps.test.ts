import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { robustAttribution } from '../../src/attribution/robustAttribution.js';
import { gather, planBatches } from '../../src/data/batches.js';
import { seeded } from '../../src/random.js';
import { feed, hostBatch } from '../../src/training/feed.js';
import { trainPlan } from '../../src/training/options.js';
import { standardObjective } from '../../src/training/standard.js';
import { mapsToLearn, type TeacherOptions } from '../../src/training/teacherMaps.js';
import { quarters, tinyModel } from './toy.js';

const dataset = quarters(12);
const teacher = tinyModel(3);
const plan = trainPlan('test', { epochs: 1, random: seeded(4), quiet: true });
const [batch] = planBatches(12, { size: 5, random: seeded(2), augment: true });
assert.ok(batch);

/** What is supplied for an augmented batch, and the images that are fed with it. */
async function supplied(options: TeacherOptions) {
  const { source } = await mapsToLearn('test', { dataset, plan, options });
  const objective = {
    ...standardObjective(teacher),
    supply: async (random: ReturnType<typeof seeded>, step: Parameters<typeof source>[1]) => ({
      maps: await source(random, step),
    }),
  };
  assert.ok(batch);
  const place = { epoch: 0, batch: 0, learningRate: 0, random: seeded(6) };
  const { draws } = await feed({ dataset, objective }, batch, place);
  assert.ok(draws['maps']);
  return { images: hostBatch(dataset, batch).images, maps: draws['maps'] };
}

describe('mapsToLearn', () => {
  it('cuts and mirrors stored maps as their images', async () => {
    // With the images as maps, what is supplied is what is fed.
    const { images, maps } = await supplied({ maps: dataset.images as Float32Array });
    assert.deepEqual(maps.dataSync(), images.dataSync());
  });

  it("explains each image once by the teacher's robust attribution, from the plan's own stream", async () => {
    const order = Int32Array.from({ length: 12 }, (_, i) => i);
    const all = tf.tensor4d(gather(dataset, order), [12, 8, 8, 1]);
    const random = seeded(4).fork('maps');
    const expected = await robustAttribution(teacher, all, 'predicted', { samples: 3, sigma: 0.2, random });
    const stored = { ...dataset, images: expected.dataSync<'float32'>() };
    assert.ok(batch);
    const { maps } = await supplied({ teacher, samples: 3, sigma: 0.2 });
    assert.deepEqual(maps.dataSync(), gather(stored, batch.indices, batch.augmentation));
  });

  it('explains the augmented images themselves, for their true classes, on request', async () => {
    const { images, maps } = await supplied({ teacher, samples: 3, target: 'true', everyStep: true });
    assert.ok(batch);
    const labels = Array.from(batch.indices, (i) => dataset.labels[i] ?? NaN);
    const expected = await robustAttribution(teacher, images, labels, { samples: 3, random: seeded(6) });
    assert.deepEqual(maps.dataSync(), expected.dataSync());
  });
});
