/** Each entry's place in its image's order, 0 for the most important: [N, H·W], or [N, H·W·C] for single channels. */
export type Ranks = Uint16Array | Uint32Array;

/** A key's digits are its lowest 11 bits, the next 11 and the last 9. */
const bits = 11;
const values = 1 << bits;
const last = values - 1;

/**
 * A function that writes the place of each of `size` scores ≥ 0, the largest first, equal ones by position.
 *
 * A radix sort: the bits of floats ≥ 0 are ordered as the floats are. For an image of 1,024 pixels it takes half the time
 * of the typed arrays' own sort.
 */
export function ranker(size: number): (scores: Float32Array, ranks: Ranks) => void {
  const keys = new Uint32Array(size);
  // Where the next key with each value of the first, the second and the third digit goes.
  const places = new Uint32Array(3 * values);
  const [byFirst, bySecond] = [new Uint32Array(size), new Uint32Array(size)];
  const next = (slot: number): number => {
    const place = places[slot] ?? 0;
    places[slot] = place + 1;
    return place;
  };
  return (scores, ranks) => {
    const patterns = new Uint32Array(scores.buffer, scores.byteOffset, size);
    places.fill(0);
    for (let i = 0; i < size; i++) {
      const key = 0x7fffffff - (patterns[i] ?? 0);
      keys[i] = key;
      next(key & last);
      next(values + ((key >>> bits) & last));
      next(2 * values + (key >>> (2 * bits)));
    }
    for (let digit = 0; digit < 3; digit++) accumulate(places.subarray(digit * values, (digit + 1) * values));
    for (let i = 0; i < size; i++) byFirst[next((keys[i] ?? 0) & last)] = i;
    for (let k = 0; k < size; k++) {
      const i = byFirst[k] ?? 0;
      bySecond[next(values + (((keys[i] ?? 0) >>> bits) & last))] = i;
    }
    for (let k = 0; k < size; k++) {
      const i = bySecond[k] ?? 0;
      ranks[i] = next(2 * values + ((keys[i] ?? 0) >>> (2 * bits)));
    }
  };
}

/** Replaces each count by the sum of those before it. */
function accumulate(counts: Uint32Array): void {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    counts[i] = sum;
    sum += count;
  }
}
