import '../fixtures/plainKernels.js';
import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core/dist/tensor.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { predictedPass } from '../../src/attribution/attribute.js';
import { deepLiftPass } from '../../src/attribution/deepLift.js';
import { smallMap } from '../../src/attribution/gradCam.js';
import { sumOfSamples } from '../../src/attribution/gradientShap.js';
import { guidedPass } from '../../src/attribution/guidedBackprop.js';
import { sumOfGradients } from '../../src/attribution/integratedGradients.js';
import { sumOfDrops } from '../../src/attribution/occlusion.js';
import { signedGradient } from '../../src/attribution/saliency.js';
import { signedSum } from '../../src/attribution/smoothGrad.js';
import { momentsPass } from '../../src/attribution/varGrad.js';
import { runPass, type Pass } from '../../src/models/passes.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { foldedNetwork } from '../fixtures/folded.js';
import { uniformImages } from '../fixtures/linear.js';

const draw = (seed: number, shape: readonly [number, number, number, number]) =>
  uniformImages(seeded(seed), shape);
const images = draw(1, [2, 16, 16, 3]);
const targets = tf.tensor1d([3, 7], 'int32');
const copies = draw(2, [6, 16, 16, 3]);
const masks = tf.round(draw(3, [5, 16, 16, 1]));
const numbers = (count: number) => tf.tensor1d(Float32Array.from({ length: count }, (_, i) => (i + 1) / 7));

/** Each method's pass with inputs of its own. */
const passes: Record<string, [pass: unknown, inputs: Record<string, Tensor>]> = {
  'the predicted classes': [predictedPass, { images }],
  saliency: [signedGradient, { images, targets }],
  'guided backprop': [guidedPass, { images, targets }],
  'Grad-CAM': [smallMap, { images, targets }],
  DeepLIFT: [deepLiftPass, { images, targets, baseline: tf.scalar(0.25) }],
  'integrated gradients': [
    sumOfGradients,
    { images, targets, baseline: tf.scalar(0), positions: numbers(3), weights: numbers(3) },
  ],
  SmoothGrad: [signedSum, { images, targets, offsets: copies }],
  VarGrad: [momentsPass, { images, targets, offsets: copies, clean: images }],
  GradientSHAP: [
    sumOfSamples,
    { targets, ends: copies, starts: tf.zerosLike(copies), places: tf.reshape(numbers(6), [6, 1, 1, 1]) },
  ],
  occlusion: [sumOfDrops, { images, targets, before: tf.tensor1d([1, -2]), masks, baseline: tf.scalar(0.5) }],
};

describe('a compiled attribution', () => {
  const model = resnet({ random: seeded(4) });
  const folded = foldedNetwork(model);
  const before = tf.memory().numTensors;
  for (const [name, [untyped, inputs]] of Object.entries(passes)) {
    it(`compiles to the bytes of the same operations one by one: ${name}`, () => {
      const pass = untyped as Pass<typeof inputs, Tensor>;
      const compiled = runPass(model, pass, { inputs });
      const eager = tf.tidy(() => pass(folded, inputs));
      assert.deepEqual(compiled.dataSync(), eager.dataSync());
      assert.ok(compiled.dataSync().some((value) => value !== 0));
      tf.dispose([compiled, eager]);
      assert.equal(tf.memory().numTensors, before);
    });
  }
});
