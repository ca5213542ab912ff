import '@tensorflow/tfjs-node-gpu';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ArgumentError } from '../../src/errors.js';
import type { Model } from '../../src/models/model.js';
import { resnet } from '../../src/models/resnet.js';
import { seeded } from '../../src/random.js';
import { distill, distillationObjective } from '../../src/training/distillation.js';
import { standardObjective, trainStandard } from '../../src/training/standard.js';
import { differentiate, type Objective } from '../../src/training/step.js';
import { quarters, tinyModel } from './toy.js';

/** A network whose logits are its parameter, whatever the images. */
function constantModel(logits: Tensor2D): Model {
  const model: Model = {
    architecture: { kind: 'constant' },
    params: { z: logits },
    buffers: {},
    apply: ({ params, buffers }, images) => ({
      logits: tf.add(params['z'] as Tensor2D, 0),
      features: images,
      buffers,
    }),
    predict: () => tf.clone(logits),
    withState: ({ params }) => constantModel(params['z'] as Tensor2D),
    dispose: () => logits.dispose(),
  };
  return model;
}

/** An objective's gradient in the logits of a constant model; all labels are 0. */
function logitGradient(objective: Objective, model: Model): number[] {
  const state = { params: model.params, buffers: {}, momentum: {}, fixed: objective.fixed ?? {} };
  const count = model.params['z']?.shape[0] ?? 0;
  const images = tf.zeros<tf.Rank.R4>([count, 1, 1, 1]) as Tensor4D;
  const labels = tf.zeros<tf.Rank.R1>([count], 'int32');
  const inputs = { images, labels, learningRate: tf.scalar(0), draws: {} };
  return [...((differentiate(objective, state, inputs).gradients['z'] as Tensor).dataSync() as Float32Array)];
}

function assertClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - (expected[i] ?? NaN)) < tolerance, `${actual.join()} for ${expected.join()}`),
  );
}

const student = constantModel(
  tf.tensor2d([
    [3, -1, 1],
    [0, 0, 0],
  ]),
);
const teacher = constantModel(
  tf.tensor2d([
    [0, 2, 4],
    [1, 2, 6],
  ]),
);
const method = { teacher, temperature: 1e3, studentTemperature: 1e3, scaled: true };

describe('distillationObjective', () => {
  it("tends to Hinton's limit: the difference of the centred logits over K", () => {
    // Centred: student (2, −2, 0), (0, 0, 0); teacher (−2, 0, 2), (−2, −1, 3); K = 3, two images.
    const expected = [4, -2, -2, 2, 1, -3].map((difference) => difference / 6);
    // The next term of the expansion is of the order of |z|²/T = 1 %; float32 at softmax ≈ 1/3 adds T · 2⁻²⁵.
    assertClose(logitGradient(distillationObjective(student, method), student), expected, 5e-3);
  });

  it('shrinks by T² without the scale', () => {
    const scaled = logitGradient(
      distillationObjective(student, { ...method, temperature: 10, studentTemperature: 10 }),
      student,
    );
    const plain = distillationObjective(student, {
      ...method,
      temperature: 10,
      studentTemperature: 10,
      scaled: false,
    });
    assertClose(
      logitGradient(plain, student),
      scaled.map((value) => value / 100),
      1e-7,
    );
  });

  it('reads the soft labels at temperature 1 on request', () => {
    // Student softmax of zeros is 1/3 each; of (3, −1, 1) it is e^z/Σ. At T = 1000 the teacher's labels are 1/3 + v/3000.
    const sum = Math.exp(3) + Math.exp(-1) + Math.exp(1);
    const first = [3, -1, 1].map((z, i) => Math.exp(z) / sum - 1 / 3 - ([-2, 0, 2][i] ?? 0) / 3000);
    const second = [-2, -1, 3].map((v) => -v / 3000);
    const objective = distillationObjective(student, { ...method, studentTemperature: 1 });
    assertClose(
      logitGradient(objective, student),
      [...first, ...second].map((value) => value / 2),
      3e-6,
    );
  });

  it('has one-hot labels in the limit T → 0, and uniform ones for T → ∞', () => {
    const softmax = (z: number[]) =>
      z.map((value) => Math.exp(value) / z.reduce((sum, x) => sum + Math.exp(x), 0));
    const students = [softmax([3, -1, 1]), softmax([0, 0, 0])];
    // The teacher's largest logit is the third in both images, by 2 and 4: e^(−2/0.01) is 0 in float32. At T = 10⁶ labels
    // differ from 1/3 by less than |v|/(3·10⁶) = 2e-6. Rounding adds 2⁻²⁴.
    for (const [temperature, labels] of [
      [0.01, [0, 0, 1]],
      [1e6, [1 / 3, 1 / 3, 1 / 3]],
    ] as const)
      assertClose(
        logitGradient(
          distillationObjective(student, { ...method, temperature, studentTemperature: 1 }),
          student,
        ),
        students.flatMap((p) => p.map((value, i) => (value - (labels[i] ?? 0)) / 2)),
        2e-6,
      );
  });

  it('is 0 for a student that agrees with its teacher', () => {
    const objective = distillationObjective(teacher, {
      ...method,
      temperature: 100,
      studentTemperature: 100,
    });
    const state = { params: teacher.params, buffers: {}, momentum: {}, fixed: objective.fixed ?? {} };
    const images = tf.zeros<tf.Rank.R4>([2, 1, 1, 1]);
    const labels = tf.zeros<tf.Rank.R1>([2], 'int32');
    const { loss } = objective.evaluate(state, { images, labels, learningRate: tf.scalar(0), draws: {} });
    // T² = 10⁴ times the rounding of log 3.
    assert.ok(Math.abs(loss.dataSync()[0] ?? NaN) < 1e4 * 2 ** -22);
  });
});

describe('standardObjective', () => {
  it("keeps the gradient's size at a temperature: softmax(z/T) − onehot", () => {
    const sum = Math.exp(1.5) + Math.exp(-0.5) + Math.exp(0.5);
    const first = [1.5, -0.5, 0.5].map((z, i) => Math.exp(z) / sum - (i === 0 ? 1 : 0));
    const expected = [...first, -2 / 3, 1 / 3, 1 / 3].map((value) => value / 2);
    assertClose(logitGradient(standardObjective(student, { temperature: 2 }), student), expected, 1e-6);
  });
});

describe('a temperature', () => {
  it('gives the argmax in the limit T → 0, and the uniform distribution for T → ∞', () => {
    const of = (temperature: number) => logitGradient(standardObjective(student, { temperature }), student);
    // Logits (3, −1, 1) and (0, 0, 0), both of class 0; e^(−2/0.01) is 0 in float32, and z/T ≤ 3e-6.
    const uniform = [-2 / 3, 1 / 3, 1 / 3].map((value) => value / 2);
    assertClose(of(0.01), [0, 0, 0, ...uniform], 1e-7);
    assertClose(of(1e6), [...uniform, ...uniform], 2e-6);
  });
});

describe('distill', () => {
  const options = { epochs: 3, batchSize: 32, augment: false, quiet: true } as const;

  it('makes a student that agrees with its teacher on other images, and frees all but the model', async () => {
    const data = quarters(400);
    const taught = await trainStandard(tinyModel(1), data, { ...options, random: seeded(0) });
    const before = tf.memory().numTensors;
    const learnt = tinyModel(2);
    const tensors = Object.keys({ ...learnt.params, ...learnt.buffers }).length;
    const { model } = await distill(learnt, data, {
      ...options,
      epochs: 6,
      learningRate: 0.05,
      teacher: taught.model,
      random: seeded(1),
    });
    assert.equal(tf.memory().numTensors, before + 2 * tensors);
    const images = tf.tensor4d(quarters(200, 3).images as Float32Array, [200, 8, 8, 1]);
    const [own, theirs] = [model, taught.model].map((network) => tf.argMax(network.predict(images), 1));
    const agreement =
      tf.mean(tf.cast(tf.equal(own as Tensor, theirs as Tensor), 'float32')).dataSync()[0] ?? NaN;
    assert.ok(agreement > 0.9, `${agreement}`);
  });

  it('refuses a teacher of other classes', async () => {
    const other = resnet({
      stem: 2,
      widths: [2],
      classes: 5,
      normalise: { mean: [0], std: [1] },
      random: seeded(1),
    });
    await assert.rejects(
      distill(tinyModel(), quarters(8), { ...options, teacher: other, random: seeded(0) }),
      new ArgumentError('distill: student and teacher must have the same classes, got 4 and 5'),
    );
  });
});
