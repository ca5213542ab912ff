import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { pgd, type PgdOptions } from '../../src/attacks/pgd.js';
import { attackGradient, perturb, pgdPlan } from '../../src/attacks/pgdStep.js';
import { ArgumentError } from '../../src/errors.js';
import { lossGradient } from '../../src/models/inputGradient.js';
import { seeded, type Random } from '../../src/random.js';
import { linear, normalMatrix, uniformImages } from '../fixtures/linear.js';

const shape = [4, 6, 6, 3] as const;
const size = 108;

/** Norms of the differences of each image, in double precision. */
async function distances(a: Tensor4D, b: Tensor4D, norm: 'l2' | 'linf'): Promise<number[]> {
  const [left, right] = [await a.data(), await b.data()];
  const each = left.length / a.shape[0];
  return Array.from({ length: a.shape[0] }, (_, n) => {
    let sum = 0;
    let largest = 0;
    for (let i = n * each; i < (n + 1) * each; i++) {
      const difference = Math.abs((left[i] ?? NaN) - (right[i] ?? NaN));
      sum += difference * difference;
      largest = Math.max(largest, difference);
    }
    return norm === 'l2' ? Math.sqrt(sum) : largest;
  });
}

/** Two classes: logit 0 is ⟨w, x⟩ and logit 1 is 0, so the margin of class 0 is ⟨w, x⟩. */
async function marginDrop(options: PgdOptions): Promise<{ drops: number[]; weights: Float32Array }> {
  const random = seeded(11);
  const weights = Float32Array.from({ length: size }, () => 0.1 * random.normal());
  const model = linear(
    tf.tensor2d(
      [...weights].flatMap((w) => [w, 0]),
      [size, 2],
    ),
  );
  const images = uniformImages(random, shape, [0.4, 0.6]);
  const attacked = await pgd(model, images, [0, 0, 0, 0], options);
  const difference = await tf.sub(images, attacked).data();
  const drops = Array.from({ length: 4 }, (_, n) =>
    weights.reduce((sum, w, i) => sum + w * (difference[n * size + i] ?? NaN), 0),
  );
  return { drops, weights };
}

describe('pgd', () => {
  // The loss of a linear model falls along −w only, and 0.3 from [0.4, 0.6] stays in the box. The radius is smaller
  // than epsilon by at most 2⁻²⁰ · epsilon + √108 · 2⁻²⁵, relative 2e-6 here; entries are rounded to 2⁻²⁴.
  it('lowers the margin of a linear model by epsilon · ‖w‖₂', async () => {
    const { drops, weights } = await marginDrop({ norm: 'l2', epsilon: 0.3 });
    const expected = 0.3 * Math.hypot(...weights);
    for (const drop of drops) assert.ok(Math.abs(drop / expected - 1) < 5e-6, `${drop} for ${expected}`);
  });

  it('lowers the margin of a linear model by epsilon · ‖w‖₁', async () => {
    const { drops, weights } = await marginDrop({ norm: 'linf', epsilon: 0.1 });
    const expected = 0.1 * weights.reduce((sum, w) => sum + Math.abs(w), 0);
    for (const drop of drops) assert.ok(Math.abs(drop / expected - 1) < 5e-6, `${drop} for ${expected}`);
  });

  it('follows the sign for l2 on request: √d times smaller entries, less of the margin', async () => {
    const { drops, weights } = await marginDrop({
      norm: 'l2',
      epsilon: 0.3,
      steps: 1,
      stepSize: 0.2,
      step: 'sign',
    });
    const expected = (0.2 / Math.sqrt(size)) * weights.reduce((sum, w) => sum + Math.abs(w), 0);
    for (const drop of drops) assert.ok(Math.abs(drop / expected - 1) < 5e-6, `${drop} for ${expected}`);
  });

  it('raises the margin when targeted at the class itself', async () => {
    const { drops, weights } = await marginDrop({ norm: 'l2', epsilon: 0.3, targeted: true });
    const expected = -0.3 * Math.hypot(...weights);
    for (const drop of drops) assert.ok(Math.abs(drop / expected - 1) < 5e-6, `${drop} for ${expected}`);
  });

  it('stays within epsilon and [0, 1], exactly, for both norms with and without random start', async () => {
    for (let seed = 0; seed < 6; seed++) {
      for (const norm of ['l2', 'linf'] as const) {
        for (const step of ['normalised', 'sign'] as const) {
          const random = seeded(seed);
          const images = uniformImages(random, shape, [0, 1]);
          const model = linear(normalMatrix(random, size, 5));
          const epsilon = [8 / 255, 0.5, norm === 'l2' ? 1.5 : 1][seed % 3] ?? 0;
          const start = seed % 2 ? random : undefined;
          const attacked = await pgd(model, images, [0, 1, 2, 3], {
            norm,
            epsilon,
            step,
            steps: 3,
            random: start,
          });
          const radii = await distances(attacked, images, norm);
          assert.ok(Math.max(...radii) <= epsilon, `${norm} ${step} ${epsilon}: ${radii.join(' ')}`);
          const values = await attacked.data();
          assert.ok(
            values.every((value) => value >= 0 && value <= 1),
            `${norm} ${step} ${epsilon} leaves [0, 1]`,
          );
        }
      }
    }
  });

  it('returns the images for epsilon 0 and for zero gradients', async () => {
    const images = uniformImages(1, shape, [0, 1]);
    const flat = (x: Tensor4D) => linear(tf.zeros([size, 3]))(x);
    for (const norm of ['l2', 'linf'] as const) {
      for (const epsilon of [0, 0.5]) {
        const attacked = await pgd(flat, images, [0, 1, 2, 0], { norm, epsilon, steps: 2 });
        assert.deepEqual(await attacked.data(), await images.data());
      }
    }
  });

  it('is not stopped by a saturated softmax: 1000 times the logits give the same images', async () => {
    const images = uniformImages(1, shape, [0.4, 0.6]);
    const weights = normalMatrix(3, size, 2);
    const steep = tf.mul<Tensor2D>(weights, 1000);
    const options = { norm: 'l2', epsilon: 0.3, steps: 4 } as const;
    const attacked = await pgd(linear(weights), images, [0, 1, 0, 1], options);
    const masked = await pgd(linear(steep), images, [0, 1, 0, 1], options);
    // With two classes q is 1 for the other one: only the rounding of 1000·w differs.
    const [apart = NaN] = await tf.max(tf.abs(tf.sub(attacked, masked))).data();
    assert.ok(apart < 1e-6, `${apart}`);
  });

  it('does not depend on the batch size, and draws another start on the next call', async () => {
    const images = uniformImages(2, shape, [0, 1]);
    const model = linear(normalMatrix(3, size, 3));
    const random = seeded(4);
    const attack = (batchSize: number, draws: Random) =>
      pgd(model, images, [0, 1, 2, 0], {
        norm: 'l2',
        epsilon: 0.5,
        steps: 1,
        stepSize: 0.1,
        batchSize,
        random: draws,
      });
    const whole = await (await attack(4, random)).data();
    const parts = await (await attack(3, seeded(4))).data();
    // The same start; the logits may be rounded otherwise.
    whole.forEach((value, i) => assert.ok(Math.abs(value - (parts[i] ?? NaN)) < 1e-6, `entry ${i}`));
    assert.notDeepEqual(await (await attack(4, random)).data(), whole);
  });

  it('draws starting points uniform in the ball', async () => {
    // Radius r of a uniform point in d dimensions: P(r ≤ t·epsilon) = t^d, so r^d is uniform, mean 1/2.
    const images = tf.fill([2000, 1, 1, 3], 0.5) as Tensor4D;
    const flat = (x: Tensor4D) => linear(tf.zeros([3, 2]))(x);
    const labels = Array.from({ length: 2000 }, () => 0);
    const started = await pgd(flat, images, labels, {
      norm: 'l2',
      epsilon: 0.4,
      steps: 1,
      random: seeded(5),
    });
    const radii = await distances(started, images, 'l2');
    const mean = radii.reduce((sum, r) => sum + (r / 0.4) ** 3, 0) / 2000;
    // Five standard errors of a uniform variable's mean.
    assert.ok(Math.abs(mean - 0.5) < (5 * Math.sqrt(1 / 12)) / Math.sqrt(2000), `${mean}`);
  });

  it('leaves nothing but its result in memory, also when it fails', async () => {
    const images = uniformImages(6, shape, [0, 1]);
    const model = linear(normalMatrix(7, size, 3));
    const before = tf.memory().numTensors;
    const options = { norm: 'l2', epsilon: 0.3, steps: 2, random: seeded(8), batchSize: 3 } as const;
    const attacked = await pgd(model, images, [0, 1, 2, 0], options);
    assert.equal(tf.memory().numTensors, before + 1);
    attacked.dispose();
    await assert.rejects(pgd(model, images, [0, 1, 2, 3], options), ArgumentError);
    assert.equal(tf.memory().numTensors, before);
  });

  it('says what is wrong with its arguments', async () => {
    const images = uniformImages(6, shape, [0, 1]);
    const model = linear(normalMatrix(7, size, 3));
    const options = { norm: 'l2', epsilon: 0.3 } as const;
    const cases: [Promise<unknown>, string][] = [
      [pgd(model, images, [0], options), 'pgd: labels must be one class for each image, got 1 for 4 images'],
      [pgd(model, images, [0, 1, 2, 3], options), "pgd: labels must be below the model's 3 classes, got 3"],
      [pgd(model, images, [0, 1, 2, -1], options), 'pgd: labels must be integers ≥ 0, got -1'],
      [
        pgd(model, images, [0, 1, 2, 0], { norm: 'l2', epsilon: -1 }),
        'pgd: epsilon must be a number ≥ 0, got -1',
      ],
      [
        pgd(model, images, [0, 1, 2, 0], { norm: 'l2', epsilon: '1' as unknown as number }),
        "pgd: epsilon must be a number ≥ 0, got '1'",
      ],
      [
        pgd(model, images, [0, 1, 2, 0], { norm: 'linf', epsilon: 8 }),
        "pgd: epsilon must be at most 1 in 'linf', got 8; images lie in [0, 1], so 8 of 255 grey levels are 8 / 255",
      ],
      [
        pgd(model, images, [0, 1, 2, 0], { ...options, steps: 0 }),
        'pgd: steps must be a positive integer, got 0',
      ],
      [pgd(model, tf.mul(images, 255), [0, 1, 2, 0], options), 'pgd: images must lie in [0, 1], got '],
      [
        pgd(model, tf.cast(images, 'int32'), [0, 1, 2, 0], options),
        'pgd: images must be float32 [N, H, W, C] with N ≥ 1, got int32 [4,6,6,3]',
      ],
    ];
    for (const [attack, message] of cases) {
      await assert.rejects(attack, (error: Error) => {
        assert.ok(error instanceof ArgumentError);
        assert.equal(error.message.slice(0, message.length), message);
        return true;
      });
    }
  });
});

describe('attackGradient', () => {
  it('is the gradient of the cross-entropy divided by 1 − p(label)', async () => {
    const images = uniformImages(9, shape, [0, 1]);
    const weights = normalMatrix(10, size, 3);
    const model = linear(tf.mul(weights, 0.2));
    const labels = tf.tensor1d([0, 1, 2, 0], 'int32');
    const p: tf.Tensor = tf.gather(tf.softmax(model(images)), labels, 1, 1);
    const expected = tf.div(lossGradient(model, images, labels), tf.reshape(tf.sub(1, p), [4, 1, 1, 1]));
    const got = attackGradient(model, images, labels);
    // Entries are at most 1; 1 − p carries the relative error 2⁻²⁴ / (1 − p), with 1 − p above 0.01 here.
    const [apart = NaN] = await tf.max(tf.abs(tf.sub(got, expected))).data();
    assert.ok(apart < 1e-5, `${apart}`);
  });
});

describe('perturb', () => {
  it('is the synchronous core: the same images as pgd', async () => {
    const images = uniformImages(9, shape, [0, 1]);
    const model = linear(normalMatrix(10, size, 3));
    const labels = tf.tensor1d([0, 1, 2, 0], 'int32');
    const options = { norm: 'l2', epsilon: 0.7, steps: 5 } as const;
    const before = tf.memory().numTensors;
    const core = perturb((x) => attackGradient(model, x, labels), images, pgdPlan(options));
    assert.equal(tf.memory().numTensors, before + 1);
    assert.deepEqual(await core.data(), await (await pgd(model, images, labels, options)).data());
  });
});
