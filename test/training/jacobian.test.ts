import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../../src/errors.js';
import type { ApplyOptions, Model, ModelState, Tensors } from '../../src/models/model.js';
import { seeded } from '../../src/random.js';
import { jacobianObjective, trainJacobian, type JacobianForm } from '../../src/training/jacobian.js';
import { differentiate, type Objective, type StepInputs, type TrainState } from '../../src/training/step.js';
import { quarters, tinyModel } from './toy.js';

const forms: JacobianForm[] = ['squared', 'unsquared', 'projections'];

function inputsOf(objective: Objective, images: Tensor4D): StepInputs {
  const labels = tf.tensor1d(
    Array.from({ length: images.shape[0] }, (_, i) => i % 2),
    'int32',
  );
  return {
    images,
    labels,
    learningRate: tf.scalar(0),
    draws: objective.draw?.(seeded(2), images.shape) ?? {},
  };
}

/** Logits x·W for images [N, 1, 1, D]. */
function linearModel(weights: Tensor2D): Model {
  const model: Model = {
    architecture: { kind: 'linear' },
    params: { w: weights },
    buffers: {},
    apply: ({ params, buffers }, images) => {
      const flat = tf.reshape(images, [images.shape[0], -1]) as Tensor2D;
      return { logits: tf.matMul(flat, params['w'] as Tensor2D), features: images, buffers };
    },
    predict: (images) => model.apply(model, images).logits,
    withState: ({ params }) => linearModel(params['w'] as Tensor2D),
    dispose: () => weights.dispose(),
  };
  return model;
}

describe('jacobianObjective', () => {
  it('has the closed form of a linear model in all three readings', () => {
    // z = xW with W = [[1, 0], [0, 2]]; at x = (0, 0) p = (½, ½), label 0: dz = (−½, ½), ∇ₓ loss = W dz = (−½, 1).
    // Its square is 1.25; ‖J‖²_F = ‖W‖²_F = 5, and with two classes each direction (a, b), a² + b² = 2, gives a² + 4b².
    const model = linearModel(
      tf.tensor2d([
        [1, 0],
        [0, 2],
      ]),
    );
    const images = tf.zeros<tf.Rank.R4>([1, 1, 1, 2]);
    const value = (form: JacobianForm, projections = 1, batch = images) => {
      const objective = jacobianObjective(model, { lambda: 3, form, projections, classes: 2 });
      const state = { params: model.params, buffers: {}, momentum: {}, fixed: {} };
      return (objective.evaluate(state, inputsOf(objective, batch)).loss.dataSync()[0] ?? NaN) - Math.log(2);
    };
    assert.ok(Math.abs(value('squared') - 3 * 1.25) < 1e-5);
    assert.ok(Math.abs(value('unsquared') - 3 * Math.sqrt(1.25)) < 1e-5);
    // a² is 2cos²φ: the term is 2 + 6 sin²φ with mean 5 and deviation 3/√2, here over 4,000 directions.
    const estimate = value('projections', 4, tf.zeros([1000, 1, 1, 2])) / 3;
    assert.ok(Math.abs(estimate - 5) < (5 * 3) / Math.sqrt(2 * 4000), `${estimate}`);
  });

  for (const form of forms) {
    it(`matches finite differences in every weight (${form}; conv, batch norm, softplus, pooling, dense)`, () => {
      for (const seed of [1, 2]) {
        const model = tinyModel(seed);
        const softened: Model = Object.assign(Object.create(model) as Model, {
          apply: (state: ModelState, images: Tensor4D, options?: ApplyOptions) =>
            model.apply(state, images, { ...options, rules: { relu: (x: Tensor4D) => tf.softplus(x) } }),
        });
        const { gradients, at } = lossOf(softened, form, seed);
        const parts = Object.entries(gradients).map(([name, gradient]) => ({ [name]: gradient }));
        // Along each tensor's own gradient, so that none hides behind a larger one, and along the whole. L is off by at
        // most δ = 2⁻²² L (sums of thousands of terms, each rounded at 2⁻²⁴), the difference quotient by δ/h; its other
        // error, h² L‴/6, stays below 0.5 % of the slope: so it does at h = 2e-3, where it is four times as large.
        for (const part of [gradients, ...parts])
          check({ gradients, at, along: part, h: 1e-3, relative: 5e-3 });
      }
    });

    it(`matches finite differences between the switching points of ReLU (${form})`, () => {
      // The loss holds slopes, which jump where a ReLU switches: only steps so small that none does tell the gradient.
      const { gradients, at } = lossOf(tinyModel(1), form, 1);
      check({ gradients, at, along: gradients, h: 1e-5, relative: 5e-3 });
    });
  }
});

function lossOf(model: Model, form: JacobianForm, seed: number) {
  const objective = jacobianObjective(model, { lambda: 0.5, form, projections: 2, classes: 4 });
  const images = tf.randomUniform<tf.Rank.R4>([6, 8, 8, 1], 0, 1, 'float32', seed + 1);
  const inputs = inputsOf(objective, images);
  const state: TrainState = { params: model.params, buffers: model.buffers, momentum: {}, fixed: {} };
  const { gradients } = differentiate(objective, state, inputs);
  const at = (direction: Tensors, h: number) => {
    const moved = Object.entries(direction).map(([name, part]): [string, Tensor] => [
      name,
      tf.add(model.params[name] as Tensor, tf.mul(part, h)),
    ]);
    const params = { ...model.params, ...Object.fromEntries(moved) };
    return objective.evaluate({ ...state, params }, inputs).loss.dataSync()[0] ?? NaN;
  };
  return { gradients, at };
}

interface Check extends ReturnType<typeof lossOf> {
  along: Tensors;
  h: number;
  relative: number;
}

/** Compares the slope along a direction with the central difference. */
function check({ gradients, at, along, h, relative }: Check): void {
  const direction = unit(along);
  const quotient = (at(direction, h) - at(direction, -h)) / (2 * h);
  const slope = dot(direction, gradients);
  const rounding = (2 ** -22 * Math.abs(at({}, 0))) / h;
  const names = Object.keys(along).join();
  assert.ok(Math.abs(quotient - slope) < relative * slope + rounding, `${names}: ${quotient} for ${slope}`);
}

function dot(a: Tensors, b: Tensors): number {
  return Object.entries(a).reduce(
    (sum, [name, tensor]) => sum + (tf.sum(tf.mul(tensor, b[name] as Tensor)).dataSync()[0] ?? NaN),
    0,
  );
}

function norm(a: Tensors): number {
  return Math.sqrt(dot(a, a));
}

function unit(a: Tensors): Tensors {
  const length = norm(a);
  return Object.fromEntries(Object.entries(a).map(([name, tensor]) => [name, tf.div(tensor, length)]));
}

describe('trainJacobian', () => {
  const options = { epochs: 2, batchSize: 32, augment: false, quiet: true } as const;

  for (const [form, lambda] of [
    ['squared', 1],
    ['unsquared', 1],
    ['projections', 0.02],
  ] as const) {
    it(`leaves smaller input gradients than λ = 0 does (${form}), and frees all but the model`, async () => {
      const start = tinyModel();
      const data = quarters(192);
      const gradientSize = async (lambda: number) => {
        const before = tf.memory().numTensors;
        const { model } = await trainJacobian(start, data, { ...options, lambda, form, random: seeded(0) });
        const tensors = Object.keys({ ...model.params, ...model.buffers }).length;
        assert.equal(tf.memory().numTensors, before + tensors);
        const images = tf.tensor4d(data.images.slice(0, 64 * 64), [64, 8, 8, 1]);
        const slope = tf.grad((x: Tensor) => tf.sum(tf.max(model.predict(x as Tensor4D), 1)))(images);
        return tf.sum(tf.square(slope)).dataSync()[0] ?? NaN;
      };
      const [free, held] = [await gradientSize(0), await gradientSize(lambda)];
      assert.ok(held < 0.8 * free, `${held} for ${free}`);
    });
  }

  it('names the option that is wrong', async () => {
    await assert.rejects(
      trainJacobian(tinyModel(), quarters(8), { ...options, lambda: -1, random: seeded(0) }),
      new ArgumentError('trainJacobian: lambda must be a number ≥ 0, got -1'),
    );
  });
});
