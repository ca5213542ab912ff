import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../../src/errors.js';
import { convolution, relu } from '../../src/models/layers.js';
import { resnet, resnet18, resnetFrom } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';

const random = seeded(1);
const tiny = { stem: 2, widths: [2, 3], random };

describe('resnet18', () => {
  for (const [width, count] of [
    [64, 11_173_962],
    [32, 2_797_610],
    [16, 701_466],
    [8, 176_402],
  ] as const) {
    it(`has ${count} parameters at width ${width}`, () => {
      const model = resnet18({ width, random });
      const sizes = Object.values(model.params).map(({ size }) => size);
      assert.equal(
        sizes.reduce((total, size) => total + size, 0),
        count,
      );
      model.dispose();
    });
  }

  it("names its tensors as PyTorch's", () => {
    const model = resnet18({ width: 2, random });
    const blocks = [1, 2, 3, 4].flatMap((stage) => [`layer${stage}.0`, `layer${stage}.1`]);
    const convolutions = ['conv1', ...blocks.flatMap((name) => [`${name}.conv1`, `${name}.conv2`])];
    const norms = ['bn1', ...blocks.flatMap((name) => [`${name}.bn1`, `${name}.bn2`])];
    for (const stage of [2, 3, 4]) {
      convolutions.push(`layer${stage}.0.shortcut.0`);
      norms.push(`layer${stage}.0.shortcut.1`);
    }
    const params = [
      ...convolutions.map((name) => `${name}.weight`),
      ...norms.flatMap((name) => [`${name}.weight`, `${name}.bias`]),
      'linear.weight',
      'linear.bias',
    ];
    const buffers = norms.flatMap((name) => [`${name}.running_mean`, `${name}.running_var`]);
    assert.deepEqual(Object.keys(model.params).sort(), params.sort());
    assert.deepEqual(Object.keys(model.buffers).sort(), buffers.sort());
    model.dispose();
  });
});

describe('resnet', () => {
  it('starts from the same bytes for the same seed and others for another', () => {
    const start = (seed: number) => {
      const model = resnet({ ...tiny, random: seeded(seed) });
      const values = Object.values(model.params).map((tensor) => [...tensor.dataSync()]);
      model.dispose();
      return values;
    };
    assert.deepEqual(start(4), start(4));
    assert.notDeepEqual(start(4), start(5));
  });

  it("starts convolutions with He's variance 2 / (outputs · kernel area)", () => {
    const model = resnet({ random, widths: [64] });
    const values = model.params['layer1.0.conv2.weight'] as Tensor;
    const { mean, variance } = tf.moments(values);
    const expected = 2 / (64 * 9);
    // Five standard errors of mean and variance over 36,864 normals.
    const error = 5 / Math.sqrt(values.size);
    assert.ok(Math.abs(mean.dataSync()[0] ?? NaN) < error * Math.sqrt(expected));
    assert.ok(Math.abs((variance.dataSync()[0] ?? NaN) / expected - 1) < Math.SQRT2 * error);
    model.dispose();
  });

  it('gives logits [N, K], features before pooling and, in training only, other buffers', () => {
    const model = resnet({ ...tiny, classes: 7 });
    const images = tf.randomUniform<tf.Rank.R4>([3, 32, 32, 3], 0, 1, 'float32', 2);
    const evaluated = model.apply(model, images);
    assert.deepEqual(evaluated.logits.shape, [3, 7]);
    assert.deepEqual(evaluated.features.shape, [3, 8, 8, 3]);
    assert.equal(evaluated.buffers, model.buffers);
    const trained = model.apply(model, images, { training: true });
    assert.deepEqual(Object.keys(trained.buffers), Object.keys(model.buffers));
    const [before, after] = [model.buffers, trained.buffers].map((b) => b['bn1.running_var']?.dataSync()[0]);
    assert.notEqual(after, before);
    model.dispose();
  });

  it('normalises images inside', () => {
    const options = { ...tiny, random: seeded(9) };
    const plain = resnet({ ...options, normalise: { mean: [0], std: [1] } });
    const scaled = resnet({ ...options, normalise: { mean: [0.5], std: [0.25] } });
    const images = tf.randomUniform<tf.Rank.R4>([2, 8, 8, 1], 0, 1, 'float32', 3);
    const expected = plain.predict(tf.div(tf.sub(images, 0.5), 0.25));
    // (x − 0.5)/0.25 is exact in float32 but for the subtraction, which both sides share.
    assert.deepEqual([...scaled.predict(images).dataSync()], [...expected.dataSync()]);
    plain.dispose();
    scaled.dispose();
  });

  it('frees all but its result', () => {
    const before = tf.memory().numTensors;
    const model = resnet(tiny);
    const images = tf.zeros<tf.Rank.R4>([1, 32, 32, 3]);
    const logits = model.predict(images);
    tf.dispose([logits, images]);
    model.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('says which size or tensor is wrong', () => {
    assert.throws(
      () => resnet({ random, stem: 0 }),
      new ArgumentError('resnet: stem must be whole numbers from 1 to 65536, got [0]'),
    );
    assert.throws(
      () => resnet({ random, widths: [4, 4], blocks: [1] }),
      new ArgumentError(
        'resnet: widths, blocks and strides must have one entry for each stage, got 2, 1 and 2',
      ),
    );
    const model = resnet(tiny);
    const params = { ...model.params, 'linear.bias': tf.zeros([3]) };
    assert.throws(
      () => resnetFrom(model.architecture, { params, buffers: model.buffers }),
      new ArgumentError("resnet: 'linear.bias' must be [10], got [3]"),
    );
    assert.throws(
      () => model.withState({ params: model.params, buffers: { ...model.buffers, other: tf.zeros([1]) } }),
      new ArgumentError("resnet: the network has no tensor 'other'"),
    );
    model.dispose();
  });
});

describe('convolution', () => {
  it('pads symmetrically at stride 2, as PyTorch does', () => {
    const layer = convolution('c', { inputs: 1, outputs: 1, kernel: 3, stride: 2 });
    const image = tf.tensor4d([...Array(16).keys()], [1, 4, 4, 1]);
    const through = (position: number) => {
      const filter = tf
        .oneHot(tf.tensor1d([position], 'int32'), 9)
        .reshape([3, 3, 1, 1])
        .cast('float32');
      const pass = { params: { 'c.weight': filter }, buffers: {}, training: false, relu, updated: {} };
      return [...layer.apply(image, pass).dataSync()];
    };
    // The centre of each window is at (0, 0), (0, 2), (2, 0), (2, 2): PyTorch's padding of one on every side.
    assert.deepEqual(through(4), [0, 2, 8, 10]);
    // Its upper left neighbour lies in the padding for the first row and column.
    assert.deepEqual(through(0), [0, 0, 0, 5]);
    // Its lower right neighbour never does.
    assert.deepEqual(through(8), [5, 7, 13, 15]);
  });

  it('reads every second pixel with a 1×1 kernel at stride 2, and gives its weights their gradient', () => {
    const layer = convolution('c', { inputs: 1, outputs: 1, kernel: 1, stride: 2 });
    for (const [edge, expected] of [
      [4, [0, 2, 8, 10]],
      [3, [0, 2, 6, 8]],
    ] as const) {
      const image = tf.tensor4d([...Array(edge * edge).keys()], [1, edge, edge, 1]);
      const apply = (w: Tensor) =>
        layer.apply(image, { params: { 'c.weight': w }, buffers: {}, training: false, relu, updated: {} });
      assert.deepEqual([...apply(tf.ones([1, 1, 1, 1])).dataSync()], expected);
      const gradient = tf.grad((w: Tensor) => tf.sum(apply(w)))(tf.ones([1, 1, 1, 1]));
      assert.deepEqual([...gradient.dataSync()], [expected.reduce<number>((a, b) => a + b, 0)]);
    }
  });
});

describe('relu', () => {
  it('has slope 1 above 0 and 0 at and below it, and the same map as its second derivative', () => {
    const x = tf.tensor4d([-1, 0, 2, 3], [1, 1, 1, 4]);
    assert.deepEqual(
      [
        ...tf
          .grad((x: Tensor) => relu(x as Tensor4D))(x)
          .dataSync(),
      ],
      [0, 0, 1, 1],
    );
    // y = Σ relu(w·x)², dy/dx = 2w²x where x > 0; of its sum, d/dw = 4wx = 8 + 12 at w = 1.
    const slope = (w: Tensor) =>
      tf.sum(tf.grad((x: Tensor) => tf.sum(tf.square(relu(tf.mul(w, x) as Tensor4D))))(x));
    assert.deepEqual([...tf.grad(slope)(tf.scalar(1)).dataSync()], [20]);
  });
});
