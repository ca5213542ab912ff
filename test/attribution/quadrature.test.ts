import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { gaussLegendre, type Quadrature, quadratureOf } from '../../src/attribution/quadrature.js';

function integrate({ positions, weights }: Quadrature, f: (x: number) => number): number {
  return weights.reduce((sum, weight, i) => sum + weight * f(positions[i] ?? NaN), 0);
}

describe('gaussLegendre', () => {
  it('has its points at 1/2 ± 1/√12 for n = 2', () => {
    const { positions, weights } = gaussLegendre(2);
    const expected = [0.5 - 1 / Math.sqrt(12), 0.5 + 1 / Math.sqrt(12)];
    positions.forEach((x, i) => assert.ok(Math.abs(x - (expected[i] ?? NaN)) < 1e-15, `${x}`));
    weights.forEach((weight) => assert.ok(Math.abs(weight - 0.5) < 1e-15, `${weight}`));
  });

  it('is exact for polynomials up to degree 2n − 1, for n up to 200', () => {
    for (const n of [1, 2, 3, 10, 50, 200]) {
      for (const degree of [0, 1, n, 2 * n - 1]) {
        const got = integrate(gaussLegendre(n), (x) => x ** degree);
        assert.ok(Math.abs(got - 1 / (degree + 1)) < 1e-13, `n ${n}, degree ${degree}: ${got}`);
      }
    }
  });
});

describe('quadratureOf', () => {
  const rule = (name: Parameters<typeof quadratureOf>[1], n: number) => quadratureOf('test', name, n);

  it('is exact for straight lines at the midpoints and in trapezoids, and for ends by half a piece too low or high', () => {
    const line = (x: number) => 3 * x - 1;
    // The slope of 3 over 6 pieces: 3/(2 · 6) = 1/4.
    for (const [name, expected] of [
      ['midpoint', 0.5],
      ['trapezoid', 0.5],
      ['left', 0.25],
      ['right', 0.75],
    ] as const) {
      const got = integrate(rule(name, 6), line);
      assert.ok(Math.abs(got - expected) < 1e-14, `${name}: ${got}`);
    }
  });

  it('puts a trapezoid of three points at 0, 1/2 and 1, weighed 1/4, 1/2 and 1/4', () => {
    const { positions, weights } = rule('trapezoid', 3);
    assert.deepEqual([...positions, ...weights], [0, 0.5, 1, 0.25, 0.5, 0.25]);
  });

  it('names a rule that it does not know, and a trapezoid of one point', () => {
    const rules = "test: rule must be 'gauss-legendre', 'left', 'midpoint', 'right' or 'trapezoid', got ";
    assert.throws(() => rule('simpson' as never, 3), new ArgumentError(`${rules}simpson`));
    assert.throws(
      () => rule('trapezoid', 1),
      new ArgumentError(`${rules}steps 1 for 'trapezoid', which needs two`),
    );
  });
});
