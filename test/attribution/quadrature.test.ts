import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gaussLegendre, midpoint } from '../../src/attribution/quadrature.js';

function integrate({ positions, weights }: ReturnType<typeof midpoint>, f: (x: number) => number): number {
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

describe('midpoint', () => {
  it('is exact for straight lines', () => {
    assert.ok(Math.abs(integrate(midpoint(7), (x) => 3 * x - 1) - 0.5) < 1e-14);
  });
});
