import { ArgumentError } from '../errors.js';

/** A rule ∫₀¹ f ≈ Σ weight · f(position). */
export interface Quadrature {
  /** In [0, 1], ascending. */
  readonly positions: Float64Array;
  /** They add up to 1. */
  readonly weights: Float64Array;
}

/**
 * 'gauss-legendre', the Riemann sums at the 'left', the middle ('midpoint') or the 'right' of equal pieces, or
 * 'trapezoid', equal distances from end to end with half the weight at the two ends.
 */
export type QuadratureRule = 'gauss-legendre' | 'left' | 'midpoint' | 'right' | 'trapezoid';

/** @throws {ArgumentError} If there is no such rule, or a trapezoid has a single point; `name` is the public function. */
export function quadratureOf(name: string, rule: QuadratureRule, n: number): Quadrature {
  const shift = { left: 0, midpoint: 0.5, right: 1 }[rule as 'left' | 'midpoint' | 'right'];
  if (rule === 'gauss-legendre') return gaussLegendre(n);
  if (shift !== undefined) return riemann(n, shift);
  if (rule === 'trapezoid' && n > 1) return trapezoid(n);
  const got = rule === 'trapezoid' ? `steps ${n} for 'trapezoid', which needs two` : String(rule);
  throw new ArgumentError(
    `${name}: rule must be 'gauss-legendre', 'left', 'midpoint', 'right' or 'trapezoid', got ${got}`,
  );
}

function riemann(n: number, shift: number): Quadrature {
  return {
    positions: Float64Array.from({ length: n }, (_, i) => (i + shift) / n),
    weights: new Float64Array(n).fill(1 / n),
  };
}

function trapezoid(n: number): Quadrature {
  const weights = new Float64Array(n).fill(1 / (n - 1));
  weights[0] = weights[n - 1] = 0.5 / (n - 1);
  return { positions: Float64Array.from({ length: n }, (_, i) => i / (n - 1)), weights };
}

/**
 * Gauss-Legendre quadrature, exact for polynomials up to degree 2n − 1.
 *
 * @see Press et al., Numerical Recipes, section 4.6: Newton's method on the Legendre polynomial.
 */
export function gaussLegendre(n: number): Quadrature {
  const positions = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let { value, slope } = legendre(n, x);
    // From this start Newton's method converges quadratically; five steps leave rounding errors only.
    for (let step = 0; step < 5; step++) {
      x -= value / slope;
      ({ value, slope } = legendre(n, x));
    }
    positions[i] = (1 + x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { positions, weights };
}

/** Pₙ(x) and its derivative, by the three-term recurrence. */
function legendre(n: number, x: number): { value: number; slope: number } {
  let [before, value] = [1, x];
  for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return { value, slope: (n * (x * value - before)) / (x * x - 1) };
}
