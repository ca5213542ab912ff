import { ArgumentError } from '../errors.js';
import { summarise, unique } from '../tables/measurements.js';
import type { RoarAccuracy, RoarSummary } from '../tables/measurements.js';
import { percent } from '../tables/percent.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import type { PublishedAccuracy } from '../tables/published.js';
import { Figure, spreadLabels } from './figure.js';
import type { Spec } from './figure.js';
import { methodStyle, textSizes } from './theme.js';

export interface RoarCurvesOptions {
  provenance: Provenance;
  title: string;
  /** What decides the order of removal: "Pixels are ranked by each model's saliency map". */
  ranking: string;
  /** Drawn dashed, if there are any. */
  published: readonly PublishedAccuracy[];
  /** The function that draws, for messages. */
  name: string;
}

type Domain = readonly [low: number, high: number];

const width = 480;
const height = 360;

/** Dims what is not chosen by a click on a name. */
const dimmed = (opacity: number) => ({ condition: { param: 'chosen', value: opacity }, value: opacity / 8 });

/**
 * Accuracy after removing the highest-ranked pixels and retraining, one curve for each method.
 *
 * With three seeds or more a line is the mean and its band the 95 % t-interval over seeds; with fewer, each seed is a
 * point. In JupyterLab a click on a name or the menu singles its curves out (a double click: all again), and points show their
 * values.
 *
 * @param rows - Any methods and levels; `random` and `mask` are drawn as controls.
 * @throws {ArgumentError} If there are no rows.
 */
export function roarCurves(rows: readonly RoarAccuracy[], options: RoarCurvesOptions): Figure {
  const { provenance, title, published: theirs, name } = options;
  if (rows.length === 0)
    throw new ArgumentError(`${name}: there must be measurements, got none; run roar first`);
  const means = summarise(rows);
  const domain = roundedDomain([...rows, ...theirs].map(({ accuracy }) => percent(accuracy)));
  const banded = means.some(({ half }) => half !== null);
  const lines = [
    ...means.map((row) => ({ ...point(row), source: 'this run' })),
    ...theirs.map((row) => ({ ...point({ ...row, mean: row.accuracy }), source: 'published' })),
  ];
  const methods = unique(lines.map(({ method }) => method));
  const layer = [
    ...(banded ? [bands(means)] : []),
    curves(lines),
    points(banded ? means.map(meanPoint) : rows.map(seedPoint), methods),
    names(means, domain),
  ];
  const levels = unique([...rows, ...theirs].map(({ level }) => percent(level)));
  const spec = { width, height, encoding: encoding(methods, { domain, levels }), layer };
  return new Figure(spec, {
    title,
    caption: [explanation(means, options), describeProvenance(provenance)],
    altText: `Line chart of accuracy against pixels removed. ${describe(means)}`,
    width: width + 100,
  });
}

function encoding(methods: readonly string[], axes: { domain: Domain; levels: readonly number[] }): Spec {
  return {
    x: {
      field: 'removed',
      type: 'quantitative',
      title: 'Pixels removed (%)',
      scale: { nice: false },
      axis: { values: [...axes.levels].sort((a, b) => a - b), grid: false, labelFlush: false },
    },
    y: {
      field: 'accuracy',
      type: 'quantitative',
      title: 'Test accuracy (%)',
      scale: { domain: axes.domain, zero: false },
    },
    color: byMethod(methods, 'colour'),
  };
}

/** The methods' own colours or shapes; names stand beside the curves, so there is no legend. */
function byMethod(methods: readonly string[], property: 'colour' | 'shape'): Spec {
  const styles = methods.map(methodStyle);
  const scale = { domain: styles.map(({ label }) => label), range: styles.map((style) => style[property]) };
  return { field: 'label', type: 'nominal', scale, legend: null };
}

function bands(means: readonly RoarSummary[]): Spec {
  const values = means.flatMap((row) =>
    row.half === null
      ? []
      : [{ ...point(row), low: percent(row.mean - row.half), high: percent(row.mean + row.half) }],
  );
  return {
    data: { values },
    mark: { type: 'area' },
    encoding: {
      y: { field: 'low', type: 'quantitative' },
      y2: { field: 'high' },
      opacity: dimmed(0.16),
    },
  };
}

function curves(values: readonly Spec[]): Spec {
  const sources = unique(values.map(({ source }) => source));
  return {
    data: { values },
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      strokeDash: {
        field: 'source',
        type: 'nominal',
        scale: { domain: ['this run', 'published'], range: [[], [4, 4]] },
        legend:
          sources.length > 1
            ? { title: null, orient: 'top', symbolType: 'stroke', symbolSize: 900, symbolStrokeWidth: 2 }
            : null,
      },
      opacity: dimmed(1),
    },
  };
}

function points(values: readonly Spec[], methods: readonly string[]): Spec {
  const fields = Object.keys(values[0] ?? {}).filter((field) => field !== 'method');
  return {
    data: { values },
    mark: { type: 'point', filled: true, size: 60 },
    encoding: {
      shape: byMethod(methods, 'shape'),
      opacity: dimmed(1),
      tooltip: fields.map((field) => ({
        field,
        title: { label: 'Method', removed: 'Removed (%)', accuracy: 'Accuracy (%)' }[field] ?? field,
        ...(field === 'accuracy' && { format: '.2f' }),
      })),
    },
  };
}

/** Each method's name at the end of its curve, moved apart where curves end together. */
function names(means: readonly RoarSummary[], domain: Domain): Spec {
  const ends = means.filter(({ method }, i) => means[i + 1]?.method !== method);
  const pixel = (domain[1] - domain[0]) / height;
  const spread = spreadLabels(
    ends.map(({ mean }) => percent(mean)),
    (textSizes.direct + 3) * pixel,
  );
  return {
    data: { values: ends.map((row, i) => ({ ...point(row), accuracy: spread[i] })) },
    params: [choosing(ends.map(({ method }) => methodStyle(method).label))],
    mark: { type: 'text', align: 'left', dx: 10, fontSize: textSizes.direct, cursor: 'pointer' },
    encoding: { text: { field: 'label' }, opacity: dimmed(1) },
  };
}

/** A click on a name singles its method out, with shift another one; the menu does it for the keyboard. */
function choosing(labels: readonly string[]): Spec {
  const on = {
    source: 'scope',
    type: 'click',
    filter: 'event.item && event.item.datum && event.item.datum.method',
  };
  return {
    name: 'chosen',
    select: { type: 'point', fields: ['label'], on, clear: 'dblclick', toggle: 'event.shiftKey' },
    bind: {
      input: 'select',
      options: [null, ...labels],
      labels: ['all methods', ...labels],
      name: 'Singled out ',
    },
  };
}

function point({ method, level, mean }: Pick<RoarSummary, 'method' | 'level' | 'mean'>) {
  return { method, label: methodStyle(method).label, removed: percent(level), accuracy: percent(mean) };
}

function meanPoint(row: RoarSummary): Spec {
  return { ...point(row), seeds: row.seeds, '95 % interval ±': row.half && percent(row.half) };
}

function seedPoint(row: RoarAccuracy): Spec {
  return { ...point({ ...row, mean: row.accuracy }), seed: row.seed, images: row.n };
}

/** Whole multiples of five that hold every value, with a little air. */
function roundedDomain(values: readonly number[]): Domain {
  const low = Math.floor((Math.min(...values) - 1) / 5) * 5;
  const high = Math.ceil((Math.max(...values) + 1) / 5) * 5;
  return [Math.max(0, low), Math.min(100, high)];
}

const controls: Readonly<Record<string, string>> = {
  random: 'pixels removed by chance',
  mask: 'a network that sees nothing but which pixels the standard model had removed',
};

function explanation(
  means: readonly RoarSummary[],
  { ranking, published }: Pick<RoarCurvesOptions, 'ranking' | 'published'>,
): string {
  const seeds = Math.max(...means.map((row) => row.seeds));
  const shown = means.some(({ half }) => half !== null)
    ? `Points: means over ${seeds} seeds; bands: 95 % t-intervals over seeds.`
    : seeds > 1
      ? 'Points: one retrained network each; lines: their means.'
      : 'One retrained network per point.';
  const control = unique(means.map(({ method }) => method))
    .filter((method) => controls[method])
    .map((method) => `${methodStyle(method).label}: ${controls[method]}.`);
  const dashed = published.length
    ? ['Dashed: published, ResNet-18 on all of CIFAR-10 (Zeng et al. 2021).']
    : [];
  return [`${ranking}; a lower curve means a more faithful map.`, shown, ...control, ...dashed].join(' ');
}

function describe(means: readonly RoarSummary[]): string {
  return unique(means.map(({ method }) => method))
    .map((method) => {
      const own = means.filter((row) => row.method === method);
      const values = own.map(({ level, mean }) => `${percent(mean).toFixed(1)} % at ${percent(level)} %`);
      return `${methodStyle(method).label}: ${values.join(', ')}.`;
    })
    .join(' ');
}
