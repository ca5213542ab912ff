import '@tensorflow/tfjs-node-gpu';
import * as tf from '@tensorflow/tfjs-core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import { ascentDirection, imageNorms, project } from '../../src/attacks/norms.js';
import { seeded } from '../../src/random.js';

describe('imageNorms', () => {
  it('takes every image on its own', async () => {
    const images = tf.tensor4d([3, -4, 0, 0, 1, 1, 1, -1], [2, 2, 2, 1]);
    assert.deepEqual([...(await imageNorms(images, 'l2').data())], [5, 2]);
    assert.deepEqual([...(await imageNorms(images, 'linf').data())], [4, 1]);
  });
});

describe('project', () => {
  it('shortens the difference to the radius (l2) and cuts its entries (linf)', async () => {
    const centre = tf.fill([1, 1, 2, 1], 0.5) as Tensor4D;
    const images = tf.tensor4d([0.8, 0.1], [1, 1, 2, 1]);
    // The difference (0.3, −0.4) has length 0.5; at radius 0.25 it is (0.15, −0.2).
    const l2 = await project(images, centre, { norm: 'l2', epsilon: 0.25 }).data();
    assert.ok(Math.abs((l2[0] ?? NaN) - 0.65) < 1e-6 && Math.abs((l2[1] ?? NaN) - 0.3) < 1e-6, `${l2}`);
    const linf = await project(images, centre, { norm: 'linf', epsilon: 0.35 }).data();
    assert.ok(Math.abs((linf[0] ?? NaN) - 0.8) < 1e-6 && Math.abs((linf[1] ?? NaN) - 0.15) < 1e-6, `${linf}`);
  });

  it('is idempotent, in the ball and in [0, 1], bit for bit, over seeds', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = seeded(seed);
      const draw = (low: number, high: number) =>
        tf.tensor4d(
          Float32Array.from({ length: 3 * 75 }, () => low + (high - low) * random.uniform()),
          [3, 5, 5, 3],
        );
      const centre = draw(0, 1);
      const images = draw(-1, 2);
      const epsilon = 10 ** (-3 * random.uniform());
      for (const norm of ['l2', 'linf'] as const) {
        const once = project(images, centre, { norm, epsilon });
        const twice = project(once, centre, { norm, epsilon });
        const [a, b, c] = [await once.data(), await twice.data(), await centre.data()];
        assert.deepEqual(b, a);
        for (let n = 0; n < 3; n++) {
          const difference = Array.from(
            { length: 75 },
            (_, i) => (a[n * 75 + i] ?? NaN) - (c[n * 75 + i] ?? NaN),
          );
          const radius = norm === 'l2' ? Math.hypot(...difference) : Math.max(...difference.map(Math.abs));
          assert.ok(radius <= epsilon, `${norm}: ${radius} for ${epsilon}`);
        }
        assert.ok(
          a.every((value) => value >= 0 && value <= 1),
          `seed ${seed} leaves [0, 1]`,
        );
      }
    }
  });

  it('holds the radius where every entry rounds the same way', async () => {
    // 3072 equal entries: rounding errors add up instead of cancelling.
    for (let seed = 0; seed < 20; seed++) {
      const random = seeded(seed);
      const centre = tf.fill([1, 32, 32, 3], random.uniform()) as Tensor4D;
      const images = tf.fill([1, 32, 32, 3], random.uniform()) as Tensor4D;
      const epsilon = 0.1 + 2 * random.uniform();
      const projected = await project(images, centre, { norm: 'l2', epsilon }).data();
      const [from = NaN] = await centre.data();
      const radius = Math.hypot(...Array.from(projected, (value) => value - from));
      assert.ok(radius <= epsilon, `${radius} for ${epsilon}`);
    }
  });
});

describe('ascentDirection', () => {
  const gradient = tf.tensor4d([3, -4, 0, 0], [1, 2, 2, 1]);

  it('has unit length in the norm', async () => {
    const direction = async (norm: 'l2' | 'linf', step: 'normalised' | 'sign') =>
      Array.from(await ascentDirection(gradient, { norm, step }).data(), (value) => Math.fround(value));
    assert.deepEqual(await direction('l2', 'normalised'), [0.6, -0.8, 0, 0].map(Math.fround));
    assert.deepEqual(await direction('linf', 'normalised'), [0.75, -1, 0, 0]);
    assert.deepEqual(await direction('linf', 'sign'), [1, -1, 0, 0]);
    assert.deepEqual(await direction('l2', 'sign'), [0.5, -0.5, 0, 0]);
  });

  it('does not depend on the scale, from 1e-35 to 1e35, and keeps zero at zero', async () => {
    for (const norm of ['l2', 'linf'] as const) {
      const of = async (scale: number) =>
        ascentDirection(tf.mul(gradient, scale), { norm, step: 'normalised' }).data();
      const expected = await of(1);
      for (const scale of [1e-35, 1e35]) {
        const got = await of(scale);
        // Three float32 roundings: of the scaled gradient, the quotient and the norm.
        got.forEach((value, i) =>
          assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 4e-7, `${norm} ${scale}`),
        );
      }
      assert.ok(
        (await of(0)).every((value) => value === 0),
        norm,
      );
    }
  });
});
