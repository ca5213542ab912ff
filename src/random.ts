import { ArgumentError } from './errors.js';

/**
 * A seeded stream of random numbers: the only randomness in Roarbook.
 *
 * The same seed gives the same numbers on every machine.
 */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform over 0…below−1. */
  integer(below: number): number;
  /** The numbers 0…n−1 in a random order. */
  permutation(n: number): Int32Array;
  /**
   * An independent stream that depends only on this stream's seed and the name, not on what has been drawn: the stream
   * of epoch 7 is the same whether or not epochs 0…6 ran in this process.
   */
  fork(name: string | number): Random;
  /** A non-zero 31-bit seed drawn from this stream, for TensorFlow's stateless operations. */
  seed(): number;
}

/**
 * A stream of random numbers from a seed.
 *
 * @param seed - Any integer.
 * @throws {ArgumentError} If the seed is not a safe integer.
 * @see sfc32, C. Doty-Humphrey, PractRand; passes TestU01's BigCrush.
 */
export function seeded(seed: number): Random {
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(`seeded: the seed must be an integer, got ${seed}`);
  if (seeds.size < longestList) seeds.add(seed);
  return new Stream(mix(`${seed}`));
}

const seeds = new Set<number>();
const longestList = 1000;

/** The seeds that this process has made streams of, the first thousand of them: part of a notebook's provenance. */
export function seedsSoFar(): number[] {
  return [...seeds];
}

/**
 * Scripts without types forget the stream, or hand down a bare seed.
 *
 * @param name - The public function, for the message.
 * @throws {ArgumentError} Unless `random` is a stream.
 */
export function checkRandom(name: string, random: Random | undefined): void {
  // What comes from untyped code may be anything.
  if (typeof (random as { fork?: unknown } | undefined | null)?.fork === 'function') return;
  const got = random === undefined ? 'none' : String(random);
  throw new ArgumentError(`${name}: random must be a seeded stream such as seeded(0), got ${got}`);
}

type Words = [number, number, number, number];

/** Hashes a text to 128 bits (cyrb128). */
function mix(text: string): Words {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ k, 597399067);
    b = c ^ Math.imul(b ^ k, 2869860233);
    c = d ^ Math.imul(c ^ k, 951274213);
    d = a ^ Math.imul(d ^ k, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [(a ^ b ^ c ^ d) >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0];
}

class Stream implements Random {
  readonly #origin: Words;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;
  #spare: number | undefined;

  constructor(origin: Words) {
    this.#origin = origin;
    [this.#a, this.#b, this.#c, this.#counter] = origin;
    for (let i = 0; i < 15; i++) this.#word();
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  uniform(): number {
    return (this.#word() * 2 ** 21 + (this.#word() >>> 11)) / 2 ** 53;
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    // Box-Muller; 1 − u keeps the logarithm finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new ArgumentError(`Random.integer: below must be a positive integer, got ${below}`);
    }
    return Math.floor(this.uniform() * below);
  }

  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = held;
    }
    return order;
  }

  fork(name: string | number): Random {
    return new Stream(mix(`${this.#origin.join(',')}/${name}`));
  }

  seed(): number {
    return 1 + this.integer(2 ** 31 - 1);
  }
}
