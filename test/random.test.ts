import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../src/errors.js';
import { seeded } from '../src/random.js';

describe('seeded', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const draw = (seed: number) => {
      const random = seeded(seed);
      return Array.from({ length: 5 }, () => random.uniform());
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
  });

  it('forks streams that do not depend on what was drawn before', () => {
    const fresh = seeded(3).fork('epoch').normal();
    const used = seeded(3);
    for (let i = 0; i < 100; i++) used.uniform();
    assert.equal(used.fork('epoch').normal(), fresh);
    assert.notEqual(used.fork('other').normal(), fresh);
  });

  it('draws normals of mean 0 and variance 1', () => {
    const random = seeded(1);
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      sum += x;
      squares += x * x;
    }
    // Five standard errors: 1/√n for the mean, √(2/n) for the variance.
    assert.ok(Math.abs(sum / n) < 5 / Math.sqrt(n));
    assert.ok(Math.abs(squares / n - 1) < 5 * Math.sqrt(2 / n));
  });

  it('permutes every number exactly once', () => {
    const order = seeded(5).permutation(1000);
    assert.notDeepEqual(
      [...order],
      [...order].sort((a, b) => a - b),
    );
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it('names the remedy for a seed that is no integer', () => {
    assert.throws(() => seeded(0.5), new ArgumentError('seeded: the seed must be an integer, got 0.5'));
  });
});
