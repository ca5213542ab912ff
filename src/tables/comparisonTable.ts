import { ArgumentError, checkOptions } from '../errors.js';
import { checkRandom } from '../random.js';
import { compare, type Comparison, type Results } from './compare.js';
import { percent } from './percent.js';
import { leastSeeds } from './statistics.js';
import type { BootstrapOptions } from './statistics.js';
import { Table, tableOf } from './table.js';

/** What results are compared with, what is marked, and what stands around the table. */
export interface ComparisonOptions extends BootstrapOptions {
  /** What all others are compared with; default the first. */
  reference?: string;
  /** Marks the best mean: 'lowest' for `roar` and `deletion`, 'highest' for `kar` and accuracies; default marks none. */
  best?: 'lowest' | 'highest';
  /** Said above the table. */
  title?: string;
  /** Said below it, before what the intervals are over. */
  caption?: string;
}

/**
 * A table of your own results: each one's mean, its difference from a reference, and the difference's 95 % interval by
 * `compare`'s paired bootstrap.
 *
 * Accuracies are shown in percent and their differences in points, other measurements as they are. `table.data` holds the
 * numbers unrounded.
 *
 * @param results - By name, what the evaluations return: one result, or a list of several seeds, levels and orders.
 * @throws {ArgumentError} As `compare`, or if there are fewer than two results, or none has the reference's name.
 * @formula That of `compare`, for each result and the reference.
 * @cost No pass: a bootstrap for each result.
 * @differs The intervals are not corrected for their number.
 * @see `compare`; Owen 2007, arXiv:0712.1111.
 * @example
 * const options = { levels: [0.5], random };
 * const edges = await road(model, test, sobel, options);
 * const saliencies = await road(model, test, saliency, options);
 * comparisonTable({ edges, saliencies }, { best: 'lowest', random });
 */
export function comparisonTable(
  results: Readonly<Record<string, Results>>,
  options: ComparisonOptions,
): Table {
  checkOptions('comparisonTable', options);
  checkOptions('comparisonTable: results', results);
  checkRandom('comparisonTable', options.random);
  const names = Object.keys(results);
  const { reference = names[0] ?? '', best, title = '', caption = '' } = options;
  const base = results[reference];
  if (names.length < 2 || !base)
    throw new ArgumentError(
      `comparisonTable: there must be at least two results, one of them the reference '${reference}', got ${names.join(', ') || 'none'}`,
    );
  const isShare = Object.values(results).every(holdsAccuracies);
  const scale = isShare ? percent : (value: number) => value;
  const comparisons = names.map((name) => ({
    name,
    ...compare(results[name] ?? base, base, { ...options, random: options.random.fork(name) }),
  }));
  const records = comparisons.map(({ name, first, mean, low, high }) => {
    const isReference = name === reference;
    return {
      ...{ result: name, mean: scale(first), difference: isReference ? null : scale(mean) },
      ...{ low: isReference ? null : scale(low), high: isReference ? null : scale(high) },
      verdict: isReference ? 'reference' : low > 0 ? 'higher' : high < 0 ? 'lower' : 'not resolved',
    };
  });
  const digits = isShare ? { digits: 2 } : {};
  return new Table(tableOf(records), {
    ...{ title, caption: `${caption && `${caption} `}${extent(comparisons)}` },
    columns: [
      { name: 'result', title: '' },
      { name: 'mean', title: isShare ? 'Mean (%)' : 'Mean', ...digits, ...(best && { best }) },
      {
        ...{ name: 'difference', title: `Minus ${reference}${isShare ? ' (points)' : ''}`, signed: true },
        ...digits,
      },
      { name: 'low', title: '95 % interval from', signed: true, ...digits },
      { name: 'high', title: 'to', signed: true, ...digits },
      { name: 'verdict', title: 'Difference' },
    ],
  });
}

function holdsAccuracies(results: Results): boolean {
  const rows = 'length' in results ? results : [results];
  return rows.every((row) => 'correct' in row);
}

/** What the intervals are over. */
function extent(comparisons: readonly Comparison[]): string {
  const { images = 0, seeds = 0 } = comparisons[0] ?? {};
  const count = images.toLocaleString('en');
  const over =
    seeds >= leastSeeds
      ? `${count} test images and ${seeds} seeds`
      : `${count} test images of ${seeds === 1 ? 'one seed' : `${seeds} seeds`}; the spread from training to training is not in them`;
  return `Paired bootstrap over ${over}. An interval that holds 0 resolves no difference; they are not corrected for their number.`;
}
