import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import {
  accuracy,
  batches,
  blurred,
  channelMeans,
  cifar10,
  deepLift,
  distill,
  explainer,
  gradCam,
  gradientShap,
  gradientTimesInput,
  guidedBackprop,
  integratedGradients,
  loadWeights,
  maskOnly,
  occlusion,
  pgd,
  profile,
  randomMap,
  rankPixels,
  removePixels,
  resnet,
  resnet18,
  roar,
  RoarbookError,
  robustAttribution,
  robustAccuracy,
  saliency,
  saveWeights,
  section,
  seeded,
  shapes,
  smoothGrad,
  smoothGradSquared,
  sobel,
  subset,
  trainAdversarial,
  trainStandard,
  varGrad,
  withExplainer,
  type Dataset,
  type Model,
} from '../src/index.js';
import { linear, normalMatrix, uniformImages } from './fixtures/linear.js';
import { temporaryFolder } from './fixtures/temporaryFolder.js';

/** What a notebook cell, which is not type-checked against the package, may hand over. */
function untyped<T>(value: unknown): T {
  return value as T;
}

const nothing = untyped<never>(undefined);
const folder = temporaryFolder();
writeFileSync(`${folder}/file`, '');

/** Six images [4, 4, 3] of three classes. */
const good: Dataset = {
  images: new Uint8Array(6 * 48).fill(100),
  labels: Int32Array.of(0, 1, 2, 0, 1, 2),
  shape: [4, 4, 3],
  classes: ['a', 'b', 'c'],
  source: { name: 'grey', official: null, checksum: 'x', caption: 'grey' },
};
const floats = (value: number) => ({ ...good, images: new Float32Array(6 * 48).fill(value) });
const labelled = (...labels: number[]) => ({ ...good, labels: Int32Array.from(labels) });
const pair = { train: good, test: good };

const model = linear(normalMatrix(1, 48, 3));
const network = resnet({ stem: 2, widths: [2], classes: 3, random: seeded(1) });
const images = uniformImages(2, [2, 4, 4, 3]);
const grey = uniformImages(3, [2, 4, 4, 1]);
const small = uniformImages(4, [2, 2, 2, 3]);
const disposed = uniformImages(5, [2, 4, 4, 3]);
disposed.dispose();
const rows = tf.tensor2d([[1, 0]]);
const floatClasses = tf.tensor1d([0, 1]);
const infinite = tf.fill([2, 4, 4, 3], Infinity) as Tensor4D;
const explained = withExplainer(resnet({ stem: 2, widths: [2], classes: 3, random: seeded(1) }), {
  filters: [2],
  random: seeded(2),
});

const random = seeded(1);
const l2 = { norm: 'l2', epsilon: 1, steps: 1 } as const;
const training = { epochs: 1, batchSize: 3, random, quiet: true, engine: 'eager' } as const;
const level = { random, levels: [0.5], train: async () => model };
const clone = async (images: Tensor4D) => tf.clone(images);
const ranks = new Uint16Array(6 * 16);

type Misuse = [call: () => unknown, message: string | RegExp];
const misuses: Misuse[] = [
  [() => resnet(nothing), 'resnet: options must be an object, got undefined'],
  [() => resnet(untyped({})), 'resnet: random must be a seeded stream such as seeded(0), got none'],
  [() => resnet18({ random: untyped(3) }), 'resnet: random must be a seeded stream such as seeded(0), got 3'],
  [() => shapes(nothing), 'shapes: options must be an object, got undefined'],
  [() => shapes(untyped({ count: 1 })), 'shapes: random must be a seeded stream such as seeded(0), got none'],
  [
    () => subset(untyped(pair), 1),
    'subset: the data set must be one set, got a pair; pass its train or test',
  ],
  [() => [...batches(good, nothing)], 'batches: options must be an object, got undefined'],
  [
    () => channelMeans({ ...good, images: new Uint8Array() }),
    'channelMeans: the data set must hold at least one image, got none',
  ],
  [() => cifar10(untyped(null)), 'cifar10: options must be an object, got null'],

  [() => pgd(model, images, [0, 1], nothing), 'pgd: options must be an object, got undefined'],
  [
    () => pgd(model, images, nothing, l2),
    'pgd: labels must be an int32 tensor [N] or a list of classes, got undefined',
  ],
  [
    () => pgd(model, images, untyped(rows), l2),
    'pgd: labels must be [N], one class for each image, got [1,2]',
  ],
  [() => pgd(model, nothing, [0, 1], l2), 'pgd: images must be a tensor, got undefined'],
  [() => pgd(model, disposed, [0, 1], l2), 'pgd: images must be a tensor, got one that was disposed'],
  [
    () => pgd(model, images, [0, 1], { ...l2, random: untyped(3) }),
    'pgd: random must be a seeded stream such as seeded(0), got 3',
  ],
  [
    () => pgd(nothing, images, [0, 1], l2),
    'pgd: the model must be a network, a tf.LayersModel or a function of images that returns logits, got undefined',
  ],
  [
    () => pgd((x) => tf.matMul(tf.reshape(x, [1, 48]), tf.ones([48, 3])), small, [0, 1], l2),
    /^pgd: the model must map images \[N, H, W, C\] to logits \[N, K\]; it fails for \[1, 2, 2, 3\]: .*48/,
  ],
  [
    () =>
      pgd(
        untyped(async () => nothing),
        images,
        [0, 1],
        l2,
      ),
    'pgd: the model must map images [N, H, W, C] to logits [N, K], got [object Promise]',
  ],
  [
    () => pgd((x) => tf.mul(model(x), NaN), images, [0, 1], l2),
    "pgd: the model's logits must be finite, got NaN for the first image",
  ],
  [
    () => saliency(network, grey),
    'resnet: images must be [N, H, W, 3], got [1, 4, 4, 1]; normalise sets the channels',
  ],
  [
    () => saliency(model, images, untyped('best')),
    'saliency: targets must be an int32 tensor [N] or a list of classes, got best',
  ],
  [
    () =>
      saliency(
        untyped((x: Tensor4D) => tf.sum(x, [1, 2, 3])),
        images,
      ),
    'saliency: the model must map images [N, H, W, C] to logits [N, K], got [1] for [1, 4, 4, 3]',
  ],
  [() => smoothGrad(model, images, [0, 1], nothing), 'smoothGrad: options must be an object, got undefined'],
  [() => randomMap(model, images, [0, 1], nothing), 'randomMap: options must be an object, got undefined'],
  [
    () => saliency(model, images, untyped(null)),
    'saliency: targets must be an int32 tensor [N] or a list of classes, got null',
  ],
  [
    () => saliency(model, images, untyped(floatClasses)),
    "saliency: targets must be int32, got float32; tf.tensor1d(classes, 'int32') makes them",
  ],
  ...(
    [
      ...[saliency, gradientTimesInput, integratedGradients, occlusion, deepLift, gradCam, guidedBackprop],
      ...[
        smoothGrad,
        smoothGradSquared,
        varGrad,
        gradientShap,
        robustAttribution,
        randomMap,
        sobel,
        explainer,
      ],
    ] as ((model: Model, images: Tensor4D, targets: number[], options: never) => Promise<Tensor4D>)[]
  ).flatMap((method): Misuse[] => [
    [
      () => method(explained, images, [0, 1], untyped(null)),
      `${method.name}: options must be an object, got null`,
    ],
    [
      () => method(explained, infinite, [0, 1], untyped({ random })),
      `${method.name}: images must hold finite numbers, got NaN or ±Infinity; look at how they were scaled or decoded`,
    ],
  ]),

  [() => accuracy(model, good, untyped(null)), 'accuracy: options must be an object, got null'],
  [() => blurred(good, untyped(null)), 'blurred: options must be an object, got null'],
  [() => blurred(good, { radius: 0.5 }), 'blurred: radius must be an integer ≥ 0, got 0.5'],
  [() => accuracy(model, nothing), 'accuracy: the data set must be an object, got undefined'],
  [() => accuracy(model, labelled(0, 1, 2, 0, 1, -1)), 'accuracy: labels must be ≥ 0, got -1'],
  [
    () => accuracy(model, { ...good, labels: untyped([0, 1, 2, 0, 1, 2]) }),
    'accuracy: the data set must hold images as Uint8Array or Float32Array and labels as Int32Array, got Uint8Array and Array',
  ],
  [
    () => accuracy(model, { ...good, images: new Uint8Array(10) }),
    'accuracy: the data set must hold at least one image and 48 numbers for each label, got 10 numbers and 6 labels',
  ],
  [
    () => accuracy(model, { ...good, shape: untyped([4, 12]) }),
    "accuracy: the data set's shape must be [height, width, channels], got [4,12]",
  ],
  [
    () => robustAccuracy(model, floats(3), l2),
    'robustAccuracy: images must lie in [0, 1], got 3; divide bytes by 255',
  ],
  [() => robustAccuracy(model, floats(NaN), l2), 'robustAccuracy: images must be finite numbers, got NaN'],
  [() => robustAccuracy(model, good, nothing), 'pgd: options must be an object, got undefined'],
  [() => rankPixels(new Float32Array(16), nothing), 'rankPixels: options must be an object, got undefined'],
  [
    () => rankPixels(new Float32Array(16), { shape: [1, 4, 4], unit: untyped('voxel') }),
    "rankPixels: unit must be 'pixel' or 'channel', got voxel",
  ],
  [
    () => removePixels(good, ranks, { level: 0.5, value: [120, 120, 120] }),
    'removePixels: value must be 3 numbers in [0, 1], got [120, 120, 120]; divide bytes by 255',
  ],
  [() => maskOnly(good, ranks, nothing), 'maskOnly: level must be in 0…1, got undefined; 0.6 means 60 %'],
  [() => roar(pair, clone, nothing), 'roar: options must be an object, got undefined'],
  [() => roar(untyped(good), clone, level), 'roar: the data must be {train, test}, got one without'],
  [
    () => roar(pair, nothing, level),
    'roar: the attribution must be a function of images, or maps {train, test} as Float32Array',
  ],
  [
    () => roar(pair, async () => untyped(3), level),
    'rankDataset: the attribution must return a tensor of maps [N, H, W, C], got 3',
  ],
  [() => roar(pair, clone, { ...level, levels: [] }), 'roar: levels must name at least one share, got none'],
  [
    () => roar(pair, clone, { ...level, seeds: Infinity }),
    'roar: seeds must be how many retrainings, or a list of integers, got null',
  ],
  [
    () => roar(pair, clone, { ...level, train: untyped(async () => ({ model, history: [] })) }),
    'roar: train must return the model, got [object Object]; of a result {model, history}, return its model',
  ],

  [() => trainStandard(network, good, nothing), 'trainStandard: options must be an object, got undefined'],
  [
    () => trainStandard(network, untyped(pair), training),
    'trainStandard: the data set must be one set, got a pair; pass its train or test',
  ],
  [
    () => trainStandard(network, good, { ...training, schedule: untyped(null) }),
    "trainStandard: schedule must be 'constant', 'step', 'oneCycle' or {kind: 'step', …}, got null",
  ],
  [
    () => trainStandard(network, good, { ...training, validation: labelled(0, 1, 2, 0, 1, 9) }),
    "trainStandard, validation: labels must be in 0…2, the model's classes, got 9",
  ],
  [
    () => trainStandard(network, good, { ...training, checkpoint: folder }),
    /^trainStandard: the checkpoint must be whole; delete it to start over \(.*it must be a file\)$/,
  ],
  [
    () => trainStandard(network, good, { ...training, checkpoint: `${folder}/file/checkpoint` }),
    /^trainStandard: the checkpoint's folder must be writable, got '.*'; pass another path$/,
  ],
  [
    () => trainAdversarial(network, good, { ...training, attack: untyped(null) }),
    "trainAdversarial: attack must be given, such as {norm: 'l2', epsilon: 1}",
  ],
  [() => distill(network, good, untyped(training)), 'distill: the teacher must be a network, got undefined'],
  [() => loadWeights(folder, untyped(null)), 'loadWeights: options must be an object, got null'],
  [
    () => saveWeights(untyped(null), `${folder}/weights`),
    'saveWeights: it must be given a network and a path, got null and string',
  ],
  [() => loadWeights(folder), /^safetensors: .* is damaged or no safetensors file: it must be a file$/],
  [
    () => saveWeights(network, `${folder}/none/weights`),
    /^safetensors: .*weights must be writable, got 'ENOENT.*'; pass another path or free the disk$/,
  ],
  [() => saveWeights(network, folder), /^safetensors: .* must be writable, got 'EISDIR.*'/],
  [
    () => section('a3', nothing),
    "section: it must be given a profile such as profile('quick'), got undefined",
  ],
  [
    () => profile(untyped('constructor')),
    "profile: the name must be one of smoke, quick, hour, grid, paper, got 'constructor'",
  ],
];

describe('the public functions', () => {
  for (const [call, message] of misuses) {
    it(`answer ${String(call).replace(/\s+/g, ' ')} with a typed error, and leave no tensor behind`, async () => {
      const before = tf.memory().numTensors;
      await assert.rejects(
        async () => call(),
        (error) => {
          assert.ok(error instanceof RoarbookError, String(error));
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      );
      assert.equal(tf.memory().numTensors, before);
    });
  }
});
