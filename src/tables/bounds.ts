import { average } from './statistics.js';

/** What Etmann et al.'s inequality says of the test images of one model; all arrays are [N], in pixel units. */
export interface BoundMeasurement {
  /** ℓ2 radius of its PGD training; 0: standard training. */
  readonly epsilon: number;
  readonly seed: number;
  /** |⟨x, ∇Ψ†⟩| / ‖∇Ψ†‖, signed gradients. */
  readonly alignment: ArrayLike<number>;
  /** ξ. */
  readonly xi: ArrayLike<number>;
  /** ρ̃, the linearised distance to the decision boundary. */
  readonly linearised: ArrayLike<number>;
  /** What a minimal attack needs, at least ρ; Infinity where it found nothing. */
  readonly attacked: ArrayLike<number>;
}

/** For each image whether the minimal attack goes farther than alignment + ξ: 1 or 0. */
export function exceeds({ alignment, xi, attacked }: BoundMeasurement): Float64Array {
  return Float64Array.from({ length: attacked.length }, (_, i) =>
    Number((attacked[i] ?? NaN) > (alignment[i] ?? NaN) + (xi[i] ?? NaN)),
  );
}

/** The middle value; of an even number the mean of the two middle ones. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  const lower = sorted.length % 2 ? upper : (sorted[middle - 1] ?? NaN);
  return lower === upper ? upper : average([lower, upper]);
}
