/** A rule ∫₀¹ f ≈ Σ weight · f(position). */
export interface Quadrature {
  /** In (0, 1), ascending. */
  readonly positions: Float64Array;
  /** They add up to 1. */
  readonly weights: Float64Array;
}

/** The Riemann sum at the middle of n equal pieces. */
export function midpoint(n: number): Quadrature {
  return {
    positions: Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n),
    weights: new Float64Array(n).fill(1 / n),
  };
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
