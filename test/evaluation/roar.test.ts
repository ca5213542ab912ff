import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { randomMap } from '../../src/attribution/randomMap.js';
import { saliency } from '../../src/attribution/saliency.js';
import type { Dataset } from '../../src/data/dataset.js';
import { ArgumentError } from '../../src/errors.js';
import { kar, maskControl, roar, type RoarOptions } from '../../src/evaluation/roar.js';
import { seeded } from '../../src/random.js';
import { blurred } from '../../src/evaluation/fillings.js';
import { patch, planted, trainLinear } from '../fixtures/planted.js';

const data = { train: planted(600, seeded(1)), test: planted(200, seeded(2)) };
const options: RoarOptions = { train: trainLinear, random: seeded(3), levels: [0.1] };
// The patch is 4 of 64 pixels; a level of 0.1 selects 6. Chance is 1/4, its standard error on 200 images 0.03.
const chance = [0.25 - 4 * 0.031, 0.25 + 4 * 0.031] as const;

function oracle(images: Tensor4D): Tensor4D {
  const map = Float32Array.from({ length: 64 }, (_, pixel) => (patch.includes(pixel) ? 1 : 0));
  return tf.tidy(() => tf.tile(tf.tensor4d(map, [1, 8, 8, 1]), [images.shape[0], 1, 1, 1]));
}

function control(images: Tensor4D, seed = 4): Promise<Tensor4D> {
  return randomMap(() => tf.zeros([1, 1]), images, 'predicted', { random: seeded(seed) });
}

/** [N, H, W] → [N, H, W, 3]. */
function repeat(maps: Float32Array): Float32Array {
  return Float32Array.from({ length: 3 * maps.length }, (_, i) => maps[Math.floor(i / 3)] ?? 0);
}

async function only<Row>(rows: Promise<Row[]>): Promise<Row> {
  const [row, ...others] = await rows;
  assert.ok(row && others.length === 0, 'there must be one row');
  return row;
}

describe('roar', () => {
  it('falls to chance for the oracle of a planted patch and stays far above for a random map', async () => {
    const informed = await only(roar(data, oracle, options));
    assert.ok(informed.accuracy > chance[0] && informed.accuracy < chance[1], `oracle ${informed.accuracy}`);
    const random = await only(roar(data, (images) => control(images), options));
    assert.ok(random.accuracy > 0.8, `random ${random.accuracy}`);
    const whole = await only(roar(data, oracle, { ...options, levels: [0] }));
    assert.ok(whole.accuracy > 0.99, `nothing removed ${whole.accuracy}`);
  });

  it('finds the patch by the saliency of a trained model', async () => {
    const model = await trainLinear(data.train, { random: seeded(0), label: '' });
    const { accuracy } = await only(roar(data, (images) => saliency(model, images), options));
    assert.ok(accuracy < 0.6, `${accuracy}`);
  });

  it('gives a row for each level and seed, the same stream for each seed', async () => {
    const streams: [number, string][] = [];
    const random = seeded(5);
    const rows = await roar(data, oracle, {
      random,
      levels: [0, 1],
      seeds: [3, 8],
      train: (dataset, { random: stream, label }) => {
        streams.push([stream.uniform(), label]);
        return trainLinear(dataset, { random: stream, label });
      },
    });
    assert.deepEqual(
      rows.map(({ level, seed, count }) => [level, seed, count]),
      [
        [0, 3, 200],
        [0, 8, 200],
        [1, 3, 200],
        [1, 8, 200],
      ],
    );
    const [three, eight] = [seeded(5).fork(3).uniform(), seeded(5).fork(8).uniform()];
    assert.deepEqual(streams, [
      [three, 'roar, level 0, seed 3'],
      [eight, 'roar, level 0, seed 8'],
      [three, 'roar, level 1, seed 3'],
      [eight, 'roar, level 1, seed 8'],
    ]);
  });

  it('gives the same rows for maps made before, with or without channels, and for every batch size', async () => {
    const maps = (count: number) =>
      Float32Array.from({ length: count * 64 }, (_, i) => (patch.includes(i % 64) ? 1 : 0));
    const flat = { train: maps(600), test: maps(200) };
    const expected = await roar(data, oracle, options);
    assert.deepEqual(await roar(data, oracle, { ...options, batchSize: 77 }), expected);
    assert.deepEqual(await roar(data, flat, options), expected);
    assert.deepEqual(
      await roar(data, { train: repeat(flat.train), test: repeat(flat.test) }, options),
      expected,
    );
  });

  it('replaces by the given value, and single channels on request', async () => {
    const seen: number[][] = [];
    const train: RoarOptions['train'] = (dataset, given) => {
      seen.push([...dataset.images.slice(0, 192)].filter((entry) => entry === 0.125));
      return trainLinear(dataset, given);
    };
    const value = [0.125, 0.125, 0.125];
    await roar(data, oracle, { ...options, train, value });
    await roar(data, (images) => control(images), { ...options, train, value, unit: 'channel' });
    // round(0.1 · 64) pixels of three channels; round(0.1 · 192) values. No byte is 0.125 · 255.
    assert.deepEqual(
      seen.map((entries) => entries.length),
      [18, 19],
    );
  });

  it('puts blurred images, noise or zeros in the place of the patch as well', async () => {
    const seen: number[] = [];
    for (const value of ['zero', 'blur', 'noise', (set: Dataset) => blurred(set, { sigma: 2 })] as const) {
      const rows = await roar(data, oracle, {
        ...options,
        value,
        train: (dataset, given) => {
          // Of the first image, at the patch.
          seen.push(dataset.images[3 * (patch[0] ?? 0)] ?? NaN);
          return trainLinear(dataset, given);
        },
      });
      const { accuracy } = await only(Promise.resolve(rows));
      // A blurred patch is bright where a white pixel was in the middle of black ones, and tells the class.
      if (value === 'zero' || value === 'noise')
        assert.ok(accuracy > chance[0] && accuracy < chance[1], `${value} ${accuracy}`);
    }
    assert.equal(new Set(seen).size, 4);
  });

  it('leaves nothing in memory but what the training keeps', async () => {
    const train: RoarOptions['train'] = async () => (images) => tf.zeros([images.shape[0], 4]);
    const before = tf.memory().numTensors;
    await roar(data, oracle, { ...options, train });
    assert.equal(tf.memory().numTensors, before);
  });

  it('says what is wrong before it trains', async () => {
    const train: RoarOptions['train'] = () => assert.fail('it trained');
    const rejects = (run: Promise<unknown>, message: string) =>
      assert.rejects(run, new ArgumentError(message));
    await rejects(
      roar(data, oracle, { ...options, train, levels: [20] }),
      'roar: level must be in 0…1, got 20; 0.6 means 60 %',
    );
    await rejects(
      kar(data, oracle, { ...options, train, seeds: 0 }),
      'kar: seeds must be how many retrainings, or a list of integers, got 0',
    );
    await rejects(
      roar({ ...data, test: { ...data.test, shape: [8, 4, 6] } }, oracle, { ...options, train }),
      'roar: training and test images must have one shape, got [8, 8, 3] and [8, 4, 6]',
    );
    await rejects(
      roar(data, (images: Tensor4D, labels: Tensor1D) => tf.reshape(labels, [images.shape[0], 1, 1, 1]), {
        ...options,
        train,
      }),
      'rankDataset: maps must be [256, 8, 8, 1 or 3], got [256, 1, 1, 1]',
    );
    await rejects(
      roar(data, { train: new Float32Array(5), test: new Float32Array(5) }, { ...options, train }),
      `rankDataset: maps must be [600, 8, 8, 1 or 3], got [600, 8, 8, ${5 / (600 * 64)}]`,
    );
    await rejects(
      roar(data, oracle, { ...options, train, value: [0] }),
      'roar: value must be 3 numbers in [0, 1], got [0]; divide bytes by 255',
    );
  });
});

describe('kar', () => {
  it('is near 1 for the oracle and far below for a random map', async () => {
    const informed = await only(kar(data, oracle, options));
    assert.ok(informed.accuracy > 0.99, `oracle ${informed.accuracy}`);
    const random = await only(kar(data, (images) => control(images), options));
    assert.ok(random.accuracy < 0.6, `random ${random.accuracy}`);
  });
});

describe('maskControl', () => {
  it('is at chance where all masks are the same, and at 1 where they tell the class', async () => {
    const informed = await only(maskControl(data, oracle, options));
    assert.ok(informed.accuracy > chance[0] && informed.accuracy < chance[1], `oracle ${informed.accuracy}`);
    // The map of class k marks the pixels 16k…16k+15.
    const leaking = (_images: Tensor4D, labels: Tensor1D) => {
      const quarters = tf.oneHot(labels, 4, 1, 0, 'float32');
      return tf.reshape<tf.Rank.R4>(tf.tile(tf.expandDims(quarters, 2), [1, 1, 16]), [
        labels.shape[0],
        8,
        8,
        1,
      ]);
    };
    const leaked = await only(maskControl(data, leaking, options));
    assert.ok(leaked.accuracy > 0.99, `leaking ${leaked.accuracy}`);
  });
});
