import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { explainer } from '../../src/attribution/explainer.js';
import type { Dataset } from '../../src/data/dataset.js';
import { ArgumentError, InterruptedError } from '../../src/errors.js';
import { isExplained, withExplainer } from '../../src/models/explainer.js';
import type { Tensors } from '../../src/models/model.js';
import { resnet } from '../../src/models/resnet.js';
import { loadWeights, saveWeights } from '../../src/models/weights.js';
import { seeded } from '../../src/random.js';
import { explainerObjective, trainExplainer } from '../../src/training/explainer.js';
import { standardObjective, trainStandard } from '../../src/training/standard.js';
import { differentiate, type Objective, type TrainState } from '../../src/training/step.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';
import { uniformImages } from '../fixtures/linear.js';
import { quarters, stoppedAfter, tinyModel } from './toy.js';

const folder = temporaryFolder();
const data = quarters(96);
const options = { epochs: 2, batchSize: 32, augment: false, quiet: true } as const;
const explained = (seed = 1, filters = [6, 6]) =>
  withExplainer(tinyModel(seed), { filters, random: seeded(seed + 1) });

/** A map for each of the images: 0.3 on the bright quarter, −0.1 elsewhere. */
function plantedMaps({ labels }: Dataset): Float32Array {
  return Float32Array.from({ length: labels.length * 64 }, (_, i) => {
    const [pixel, image] = [i % 64, Math.floor(i / 64)];
    const quarter = Math.floor(pixel / 32) * 2 + Math.floor((pixel % 8) / 4);
    return quarter === labels[image] ? 0.3 : -0.1;
  });
}

const noMaps = () => tf.zeros([1, 1, 1, 1]) as Tensor4D;

function numbers(tensors: Tensors): Record<string, number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
}

describe('explainerObjective', () => {
  const model = explained();
  const random = seeded(3);
  // Away from 0, where the projection starts and the layers below it have no gradient.
  const params = Object.fromEntries(
    Object.entries(model.params).map(([name, param]) => {
      const noise = Float32Array.from({ length: param.size }, () => 0.1 * random.normal());
      return [name, tf.add(param, tf.tensor(noise, param.shape))];
    }),
  );
  const state: TrainState = { params, buffers: model.buffers, momentum: {}, fixed: {} };
  const images = uniformImages(4, [6, 8, 8, 1]);
  const labels = tf.tensor1d([0, 1, 2, 3, 0, 1], 'int32');
  const draws = { maps: uniformImages(5, [6, 8, 8, 1], [-1, 1]) };
  const inputs = { images, labels, learningRate: tf.scalar(0), draws };
  const lossAt = (objective: Objective, changed: Tensors): number =>
    tf.tidy(() => objective.evaluate({ ...state, params: changed }, inputs).loss.dataSync()[0] ?? NaN);

  for (const [scale, form] of [
    ['unit', 'unsquared'],
    ['given', 'unsquared'],
    ['given', 'squared'],
  ] as const) {
    it(`matches finite differences in a random direction of every tensor (${scale}, ${form})`, () => {
      const objective = explainerObjective(model, { lambda: 0.35, scale, form, joint: true, maps: noMaps });
      const { gradients } = differentiate(objective, state, inputs);
      for (const [name, param] of Object.entries(params)) {
        const gradient = gradients[name] as Tensor;
        // Along the gradient, so that the slope is its length, far above the loss's rounding.
        const length = tf.norm(gradient).dataSync()[0] ?? NaN;
        const direction = tf.div(gradient, length);
        const step = 2e-3;
        const [above, below] = [step, -step].map((distance) =>
          lossAt(objective, { ...params, [name]: tf.add(param, tf.mul(direction, distance)) }),
        );
        const slope = ((above ?? NaN) - (below ?? NaN)) / (2 * step);
        // ReLUs that switch within the step bend the slope by about their share: 3 % is what random seeds stay within.
        const apart = Math.abs(slope - length);
        assert.ok(apart < 0.03 * length + 2e-4, `${name}: slope ${slope}, gradient ${length}`);
      }
    });
  }

  it('without joint, leaves the network the gradient of the cross-entropy alone', () => {
    const method = { lambda: 0.35, scale: 'unit', form: 'unsquared', maps: noMaps } as const;
    const apart = differentiate(explainerObjective(model, { ...method, joint: false }), state, inputs);
    const joint = differentiate(explainerObjective(model, { ...method, joint: true }), state, inputs);
    const plain = tinyModel(1);
    const own = {
      ...state,
      params: Object.fromEntries(Object.keys(plain.params).map((n) => [n, params[n]])),
    };
    const standard = differentiate(standardObjective(plain), own as TrainState, inputs);
    for (const [name, gradient] of Object.entries(standard.gradients)) {
      assert.deepEqual(apart.gradients[name]?.dataSync(), gradient.dataSync(), name);
    }
    assert.notDeepEqual(
      joint.gradients['conv1.weight']?.dataSync(),
      standard.gradients['conv1.weight']?.dataSync(),
    );
  });

  it('weighs the distance of the maps: λ·mean‖E(h) − g‖, by hand for an explainer at 0', () => {
    // E starts at 0, so the term is λ times the mean norm of the maps.
    const fresh = { ...state, params: model.params };
    const norms = tf.sqrt(tf.sum(tf.square(draws.maps), [1, 2, 3]));
    const expected = 0.5 * (tf.mean(norms).dataSync()[0] ?? NaN);
    const loss = (lambda: number, scale: 'unit' | 'given') =>
      explainerObjective(model, { lambda, scale, form: 'unsquared', joint: true, maps: noMaps })
        .evaluate(fresh, inputs)
        .loss.dataSync()[0] ?? NaN;
    // Losses of about 4 in float32.
    assert.ok(Math.abs(loss(0.5, 'given') - loss(0, 'given') - expected) < 4 * 2 ** -22);
    // g/‖g‖ has length 1.
    assert.ok(Math.abs(loss(0.5, 'unit') - loss(0, 'unit') - 0.5) < 4 * 2 ** -22);
  });

  it("has the same loss whatever the scale of a teacher's maps, also where one is 0 everywhere", () => {
    const first = tf.slice(draws.maps, 0, 1);
    const maps = tf.concat([tf.zerosLike(first), tf.slice(draws.maps, 1)]) as Tensor4D;
    const method = { lambda: 1, scale: 'unit', form: 'unsquared', joint: true, maps: noMaps } as const;
    const loss = (scale: number) =>
      explainerObjective(model, method)
        .evaluate(state, { ...inputs, draws: { maps: tf.mul(maps, scale) } })
        .loss.dataSync()[0] ?? NaN;
    assert.ok(Math.abs(loss(1) - loss(1e-3)) < 4 * 2 ** -22);
  });
});

describe('trainExplainer', () => {
  it('learns planted maps as small as gradients, which it then makes of other images, while the network learns the classes', async () => {
    const train = quarters(400);
    const before = tf.memory().numTensors;
    const start = explained(2, [16, 16]);
    const { model, history } = await trainExplainer(start, train, {
      ...options,
      epochs: 8,
      maps: plantedMaps(train).map((value) => value / 100),
      random: seeded(0),
    });
    start.dispose();
    assert.equal(tf.memory().numTensors, before + Object.keys({ ...model.params, ...model.buffers }).length);
    assert.ok((history.at(-1)?.accuracy ?? 0) > 0.95, `accuracy ${history.at(-1)?.accuracy}`);
    const test = quarters(100, 3);
    const images = tf.tensor4d(test.images as Float32Array, [100, 8, 8, 1]);
    const maps = await explainer(model, images);
    const wanted = tf.tensor4d(plantedMaps(test), [100, 8, 8, 1]);
    const cosine = tf.div(tf.sum(tf.mul(maps, wanted)), tf.mul(tf.norm(maps), tf.norm(wanted)));
    // What the network knows is the class, and the maps are a function of it.
    assert.ok((cosine.dataSync()[0] ?? 0) > 0.9, `cosine ${cosine.dataSync()[0]}`);
  });

  it('at λ = 0 trains the network exactly as trainStandard does', async () => {
    const standard = await trainStandard(tinyModel(), data, { ...options, random: seeded(5) });
    const both = await trainExplainer(explained(), data, {
      ...options,
      lambda: 0,
      maps: plantedMaps(data),
      random: seeded(5),
    });
    const { params, buffers } = both.model;
    const ours = numbers({ ...params, ...buffers });
    for (const [name, values] of Object.entries(
      numbers({ ...standard.model.params, ...standard.model.buffers }),
    ))
      assert.deepEqual(ours[name], values, name);
    assert.deepEqual(both.history, standard.history);
  });

  it('goes on after an interrupt to the same bytes, and gives weights that come back as they were', async () => {
    const teacher = tinyModel(7);
    const run = (checkpoint?: string) =>
      trainExplainer(explained(), data, {
        ...options,
        ...{ teacher, samples: 2, random: seeded(5) },
        ...(checkpoint && { checkpoint }),
      });
    const whole = await run();
    const path = join(folder, 'resumed.safetensors');
    const stopped = new InterruptedError('trainExplainer: stopped at epoch 2 of 2; run it again to continue');
    // Asked three times while the teacher explains, then before each step, of which three make an epoch.
    await stoppedAfter(3 + 4, () => assert.rejects(run(path), stopped));
    const { model, history } = await run(path);
    assert.deepEqual(
      numbers({ ...model.params, ...model.buffers }),
      numbers({ ...whole.model.params, ...whole.model.buffers }),
    );
    assert.deepEqual(history, whole.history);
    const saved = join(folder, 'trained.safetensors');
    await saveWeights(model, saved);
    const loaded = await loadWeights(saved);
    assert.ok(isExplained(loaded));
    const images = uniformImages(1, [2, 8, 8, 1]);
    assert.deepEqual(
      (await explainer(loaded, images)).dataSync(),
      (await explainer(model, images)).dataSync(),
    );
  });

  it('refuses another teacher, maps that do not fit, and numbers out of range, and leaves no tensor', async () => {
    const [model, plain] = [explained(), tinyModel()];
    const before = tf.memory().numTensors;
    const maps = new Float32Array(96 * 64);
    for (const [changes, message] of [
      [{}, 'either a teacher or maps must be given, got none'],
      [{ maps, teacher: plain }, 'either a teacher or maps must be given, got both'],
      [
        { maps: maps.subarray(1) },
        'maps must be 6144 finite numbers, a map for each of the 96 images, got 6143 numbers',
      ],
      [{ maps, lambda: -1 }, 'lambda must be a number ≥ 0, got -1'],
      [{ maps, scale: 'own' }, "scale must be 'unit' or 'given', got own"],
      [{ maps, form: 'cubed' }, "form must be 'unsquared' or 'squared', got cubed"],
      [{ teacher: plain, target: 'any' }, "target must be 'predicted' or 'true', got any"],
    ] as const) {
      await assert.rejects(
        trainExplainer(model, data, { ...options, random: seeded(1), ...(changes as object) }),
        new ArgumentError(`trainExplainer: ${message}`),
      );
    }
    assert.equal(tf.memory().numTensors, before);
  });

  it('gives a plain network the default explainer, and refuses one that the strides cannot lead back', async () => {
    const network = resnet({
      ...{ stem: 2, widths: [2], classes: 4, strides: [3], random: seeded(1) },
      normalise: { mean: [0], std: [1] },
    });
    await assert.rejects(
      trainExplainer(network, data, { ...options, maps: plantedMaps(data), random: seeded(1) }),
      new ArgumentError(
        'explainer: 4 deconvolutions of stride 1 or 2 must enlarge the features 3 times; give strides',
      ),
    );
    const before = tf.memory().numTensors;
    const few = quarters(4);
    const start = tinyModel();
    const { model } = await trainExplainer(start, few, {
      ...options,
      epochs: 1,
      maps: plantedMaps(few),
      random: seeded(1),
    });
    assert.deepEqual(model.architecture['explainerFilters'], [64, 128, 256, 512]);
    model.dispose();
    start.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
