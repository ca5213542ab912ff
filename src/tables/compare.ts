import { ArgumentError, checkOptions } from '../errors.js';
import { checkRandom } from '../random.js';
import { average, pairedInterval } from './statistics.js';
import type { BootstrapOptions, Interval, PairedDifferences } from './statistics.js';

/** What an evaluation measured of each test image, and of which retraining, level and order. */
export type Result = ImageValues & {
  /** Of the training; default the place in the list, from 0, and 0 for a row with a level. */
  readonly seed?: number;
  /** Share of the pixels that was removed or kept, 0…1; default: there is one level. */
  readonly level?: number;
  /** 'morf' or 'lerf', of `road`; default: there is one order. */
  readonly order?: string;
};

/** `correct` of an accuracy (1 or 0), or the `values` of any other measurement of images, [N]. */
type ImageValues =
  | {
      /** [N], 1 where the image's class is predicted, else 0. */
      readonly correct: ArrayLike<number>;
    }
  | {
      /** [N], any measurement of each image. */
      readonly values: ArrayLike<number>;
    };

/** One result, or those of several seeds, levels and orders. */
export type Results = Result | readonly Result[];

/** The first result minus the second, with the 95 % interval of the difference. */
export interface Comparison extends Interval {
  /** Mean of the first over images, levels and seeds. */
  readonly first: number;
  /** Likewise of the second. */
  readonly second: number;
  /** How many seeds. */
  readonly seeds: number;
  /** How many test images. */
  readonly images: number;
}

/**
 * Compares two results on the same test images by a paired bootstrap: the mean difference with its 95 % interval.
 *
 * Takes what `accuracy`, `robustAccuracy`, `strongAccuracy`, `roar`, `kar`, `road`, `alignment`, `infidelity` and the
 * other evaluations return; results of several models as a list, one for each seed. Rows are paired by seed, level and
 * order. Over several levels the mean is compared, without level 0, where nothing was removed. An interval that holds 0
 * resolves no difference.
 *
 * @param first - One result or a list; rows without a seed or level count as those of seeds 0, 1, 2…
 * @param second - As many results, of the same images in the same order.
 * @returns Differences of accuracies are fractions: 0.01 is one point.
 * @throws {ArgumentError} If the results differ in seeds, levels or images, or hold a value that is not finite.
 * @formula d̄ = mean over seeds s and images i of a_{si} − b_{si}; its 2.5 % and 97.5 % quantiles over resamples of
 *   images, and from three seeds on of seeds, and at least d̄ ± t · s_d / √S over the S seeds
 * @cost No pass: 2000 resamples of the images, about 0.7 s for 10,000 images and one seed.
 * @see Owen 2007, arXiv:0712.1111, the pigeonhole bootstrap.
 * @differs A few resampled seeds spread too little, so the interval is at least as wide as the t-interval of the seeds'
 *   differences. With one or two seeds the spread from training to training is not in it.
 * @example
 * const other = resnet({ stem: 2, widths: [4, 8], random });
 * const results = [await accuracy(model, test), await accuracy(other, test)] as const;
 * const { mean, low, high } = compare(...results, { random });
 */
export function compare(first: Results, second: Results, options: BootstrapOptions): Comparison {
  checkOptions('compare', options);
  checkRandom('compare', options.random);
  const { resamples = 2000 } = options;
  if (!Number.isSafeInteger(resamples) || resamples < 100)
    throw new ArgumentError(`compare: resamples must be an integer of at least 100, got ${resamples}`);
  const [ours, theirs] = [bySeed(first), bySeed(second)];
  checkSame('seeds', ours, theirs);
  const pairs = [...ours].map(([seed, row]) => meansOf(row, theirs.get(seed) ?? new Map()));
  const interval = pairedInterval(
    pairs.map(([a, b]) => a.map((value, i) => value - (b[i] ?? NaN))),
    { ...options, resamples },
  );
  const mean = (side: 0 | 1) => average(pairs.map((pair) => average([...pair[side]])));
  return {
    ...interval,
    first: mean(0),
    second: mean(1),
    seeds: pairs.length,
    images: pairs[0]?.[0].length ?? 0,
  };
}

/** The values of one seed by level and order. */
type Cells = Map<string, ArrayLike<number>>;

function bySeed(results: Results): Map<number, Cells> {
  const rows: readonly Result[] = 'length' in results ? results : [results];
  if (rows.length === 0) throw new ArgumentError('compare: a result must hold at least one row, got none');
  const removed = rows.filter(({ level }) => level !== 0);
  const seeds = new Map<number, Cells>();
  for (const [place, row] of (removed.length > 0 ? removed : rows).entries()) {
    const seed = row.seed ?? (row.level === undefined ? place : 0);
    const cell = [row.order, row.level].filter((part) => part !== undefined).join(' ');
    const cells: Cells = seeds.get(seed) ?? new Map();
    if (cells.has(cell))
      throw new ArgumentError(
        `compare: a result must hold each seed and level once, got seed ${seed}${cell && ` and level ${cell}`} twice`,
      );
    seeds.set(seed, cells.set(cell, valuesOf(row)));
  }
  return seeds;
}

function valuesOf(row: Partial<Record<'correct' | 'values', unknown>> | undefined): ArrayLike<number> {
  // What comes from untyped code may be anything.
  const values = row?.correct ?? row?.values;
  if (isList(values)) return values;
  throw new ArgumentError(
    'compare: a result must hold correct or values of each image, as accuracy, roar and alignment return them',
  );
}

function isList(values: unknown): values is ArrayLike<number> {
  return Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values);
}

function checkSame(
  what: string,
  first: ReadonlyMap<unknown, unknown>,
  second: ReadonlyMap<unknown, unknown>,
): void {
  if (first.size === second.size && [...first.keys()].every((key) => second.has(key))) return;
  const list = (keys: ReadonlyMap<unknown, unknown>) => [...keys.keys()].join(', ') || 'none';
  throw new ArgumentError(
    `compare: both results must have the same ${what}, got ${list(first)} and ${list(second)}`,
  );
}

/** The means over levels of each image, of both sides. */
function meansOf(first: Cells, second: Cells): [PairedDifferences, PairedDifferences] {
  checkSame('levels', first, second);
  const count = [...first.values()][0]?.length ?? 0;
  if (count === 0) throw new ArgumentError('compare: a result must hold at least one image, got none');
  for (const [cell, values] of first) {
    const others = second.get(cell);
    if (values.length !== count || others?.length !== count)
      throw new ArgumentError(
        `compare: both results must be of the same images, got ${values.length} and ${others?.length} of them`,
      );
  }
  return [meanOf(first, count), meanOf(second, count)];
}

function meanOf(cells: Cells, count: number): PairedDifferences {
  return Float64Array.from({ length: count }, (_, i) => {
    const mean = average(Array.from(cells.values(), (values) => values[i] ?? NaN));
    if (Number.isFinite(mean)) return mean;
    throw new ArgumentError(
      `compare: values must be finite, got ${mean} for image ${i}; leave out images without a value`,
    );
  });
}
