import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import '../../../src/native/index.js';
import { shapes } from '../../../src/data/shapes.js';
import { boundary, boundaryTask } from '../../../src/experiments/kinds/boundary.js';
import { measure, measureTask } from '../../../src/experiments/kinds/measure.js';
import { model, modelTask, weightsFile } from '../../../src/experiments/kinds/model.js';
import { inParts, type Part } from '../../../src/experiments/kinds/parts.js';
import { ranks, ranksTask } from '../../../src/experiments/kinds/ranks.js';
import type { Kind } from '../../../src/experiments/kind.js';
import type { Task } from '../../../src/experiments/task.js';
import { saveWeights } from '../../../src/models/weights.js';
import { resnet } from '../../../src/models/resnet.js';
import { seeded } from '../../../src/random.js';
import { tiny } from '../../fixtures/tinyProfile.js';
import { temporaryFolder } from '../../fixtures/temporaryFolder.js';

const root = temporaryFolder();
const data = shapes({ count: 1030, test: 260, random: seeded(1) });

describe('inParts', () => {
  const folder = path.join(root, 'parts');
  const computed: number[] = [];
  /** Labels and draws of each image. */
  async function compute({ images, stream, onProgress }: Part) {
    computed.push(images.labels.length);
    onProgress(images.labels.length);
    const random = stream(seeded(5));
    return {
      labels: Float32Array.from(images.labels),
      draws: Float32Array.from(images.labels, () => random.uniform()),
    };
  }
  const run = () => inParts(data.test, compute, { folder, name: 'test', label: 'labels', size: 100 });
  before(() => mkdirSync(folder));

  it('joins the parts in the order of the images, and each draws from a stream of its own', async () => {
    const { labels, draws } = await run();
    assert.deepEqual(computed.splice(0), [100, 100, 60]);
    assert.deepEqual(labels, Float32Array.from(data.test.labels));
    assert.equal(draws[0], Math.fround(seeded(5).uniform()));
    assert.equal(draws[100], Math.fround(seeded(5).fork(100).uniform()));
  });

  it('goes on after the last whole part, with the same numbers', async () => {
    const whole = await run();
    assert.deepEqual(computed.splice(0), []);
    rmSync(path.join(folder, 'test-200'));
    // Neither does what a kill left half written count, nor what was changed since.
    truncateSync(path.join(folder, 'test-100'), 300);
    assert.deepEqual(await run(), whole);
    assert.deepEqual(computed.splice(0), [100, 60]);
  });
});

describe('a task that takes longer than an epoch', () => {
  const { network, training } = tiny();
  const input = path.join(root, 'input');
  const trained = { ...network, classes: data.train.classes.length };
  const source = modelTask({
    dataset: 'a',
    network,
    training,
    precision: 'float32',
    defense: { method: 'standard' },
    seed: 0,
  });
  const explainer = { method: 'explainer', lambda: 0.1, filters: [4, 4], samples: 1, sigma: 0.1 } as const;
  const attack = { kind: 'strong', norm: 'l2', epsilon: 0.5, steps: 1 } as const;

  before(async () => {
    mkdirSync(input);
    const network = resnet({ ...trained, random: seeded(1) });
    await saveWeights(network, path.join(input, weightsFile));
    network.dispose();
  });

  const cases: readonly { name: string; kind: Kind; task: Task; parts: readonly string[]; file: string }[] = [
    {
      name: 'ranks',
      kind: ranks,
      task: ranksTask({ datasets: ['a', 'b'], attribution: { method: 'saliency' }, seed: 3 }, source),
      parts: ['test-0', 'train-0', 'train-1024'],
      file: 'train.npy',
    },
    {
      name: 'distances to the boundary',
      kind: boundary,
      task: boundaryTask({ dataset: 'b', minimal: { images: 260, steps: 1 } }, source),
      parts: ['linearised-0', 'minimal-0', 'minimal-256'],
      file: 'minimal.npy',
    },
    {
      name: 'the strong attack',
      kind: measure,
      task: measureTask({ dataset: 'b', attack }, source),
      parts: ['strong-0', 'strong-256'],
      file: 'correct.npy',
    },
    {
      name: "a teacher's maps",
      kind: model,
      task: modelTask(
        { dataset: 'a', network, training, precision: 'float32', defense: explainer, seed: 0 },
        source,
      ),
      parts: ['maps-0', 'maps-1024', 'training'],
      file: weightsFile,
    },
  ];

  for (const { name, kind, task, parts, file } of cases) {
    it(`keeps parts of ${name}, and ends with the same bytes`, async () => {
      const checkpoint = path.join(root, `${name} kept`);
      const compute = async (run: string) => {
        const folder = path.join(root, `${name} ${run}`);
        for (const made of [folder, checkpoint]) mkdirSync(made, { recursive: true });
        await kind.compute(data, { task, folder, inputs: { model: input, teacher: input }, checkpoint });
        return readFileSync(path.join(folder, file));
      };
      const whole = await compute('whole');
      assert.deepEqual(readdirSync(checkpoint), parts);
      rmSync(path.join(checkpoint, 'training'), { force: true });
      rmSync(path.join(checkpoint, parts.filter((part) => part !== 'training').at(-1) ?? ''));
      assert.deepEqual(await compute('resumed'), whole);
    });
  }
});
