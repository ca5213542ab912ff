import { ArgumentError } from '../errors.js';
import { methodName } from '../tables/methods.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import { average } from '../tables/statistics.js';
import { Figure } from './figure.js';
import { entryOf, pointMenu } from './pointMenu.js';
import type { Listed } from './pointMenu.js';
import { methodStyle } from './theme.js';

/** How much a method's maps stay as they are when the network's last block becomes noise. */
export interface MethodSimilarity {
  readonly method: string;
  /** Rank correlation of absolute maps before and after, of each test image. */
  readonly spearmanAbsolute: ArrayLike<number>;
  /** Structural similarity, of each test image. */
  readonly ssim: ArrayLike<number>;
}

const measures = { spearmanAbsolute: 'Rank correlation of |map|', ssim: 'Structural similarity' } as const;
const short = { spearmanAbsolute: 'Spearman', ssim: 'SSIM' } as const;

/**
 * The main paper's Figure 5 in numbers: how similar each method's maps are before and after the last residual block's
 * convolutions were replaced by noise. Near 1, a map does not depend on what the block has learned.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function sanityFigure(
  rows: readonly MethodSimilarity[],
  { provenance }: { provenance: Provenance },
): Figure {
  if (rows.length === 0)
    throw new ArgumentError('sanityFigure: there must be measurements, got none; run sanityCheck first');
  const names = Object.keys(measures) as (keyof typeof measures)[];
  const panels = names.map((measure) => rows.map((row) => summary(row, measure)));
  const methods = rows.map(({ method }) => methodName(method));
  const spec = {
    spacing: 30,
    hconcat: panels.map((values, i) =>
      panel(values, { methods, title: measures[names[i] ?? 'ssim'], first: i === 0 }),
    ),
  };
  const images = (rows[0]?.ssim.length ?? 0).toLocaleString('en');
  return new Figure(pointMenu(spec, 'Mean ± 95 % interval of'), {
    title: 'Sanity check: maps before and after the last block became noise',
    caption: [
      `Means over the first ${images} test images; bars: 95 % intervals over images. The noise has each tensor's own standard deviation; batch-norm statistics are kept. At 1 the maps are the same.`,
      describeProvenance(provenance),
    ],
    altText: `Similarity of maps before and after. ${rows.map((row) => `${methodName(row.method)}: rank correlation ${average(Array.from(row.spearmanAbsolute)).toFixed(2)}, structural similarity ${average(Array.from(row.ssim)).toFixed(2)}`).join('; ')}.`,
    width: 600,
  });
}

interface Summary extends Listed {
  readonly method: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function summary(row: MethodSimilarity, measure: keyof typeof measures): Summary {
  const values = Array.from(row[measure]);
  const mean = average(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = values.length > 1 ? 1.96 * Math.sqrt(squares / (values.length - 1) / values.length) : 0;
  const [method, low, high] = [methodName(row.method), mean - half, mean + half];
  const entry = entryOf(`${method}, ${short[measure]}`, { value: mean, half, digits: 2 });
  return { method, mean, low, high, entry };
}

function panel(
  values: readonly Summary[],
  { methods, title, first }: { methods: readonly string[]; title: string; first: boolean },
) {
  const colour = methodStyle('standard').colour;
  return {
    width: 200,
    height: { step: 24 },
    data: { values },
    encoding: {
      y: {
        field: 'method',
        type: 'nominal',
        sort: methods,
        axis: first ? { title: null, ticks: false, domain: false, labelPadding: 8 } : null,
      },
      x: {
        field: 'mean',
        type: 'quantitative',
        title,
        scale: { domain: [Math.min(0, ...values.map(({ low }) => low)), 1], nice: false, clamp: true },
        axis: { tickCount: 5 },
      },
    },
    layer: [
      {
        mark: { type: 'rule', color: colour, strokeWidth: 1.5 },
        encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 60, opacity: 1, color: colour },
        encoding: {
          tooltip: [
            { field: 'method', title: 'Method' },
            { field: 'mean', title, format: '.3f' },
            { field: 'low', title: '95 % from', format: '.3f' },
            { field: 'high', title: '95 % to', format: '.3f' },
          ],
        },
      },
    ],
  };
}
