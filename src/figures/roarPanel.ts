import { unique } from '../tables/measurements.js';
import type { RoarAccuracy, RoarSummary } from '../tables/measurements.js';
import { percent } from '../tables/percent.js';
import { spreadLabels } from './figure.js';
import type { Spec } from './figure.js';
import { entryOf, onlyListed } from './pointMenu.js';
import type { Listed } from './pointMenu.js';
import { methodStyle, panelTitle, textSizes } from './theme.js';

/** What one panel of `roarCurves` draws. */
export interface RoarPanel {
  /** Said above it; undefined where it stands alone. */
  title: string | undefined;
  width: number;
  /** The curves: a mean for each method and level. */
  means: readonly RoarSummary[];
  /** The retrained networks behind the means; they are the points where there is no interval. */
  rows: readonly RoarAccuracy[];
  /** Methods of all panels, which have one colour and shape in each. */
  methods: readonly string[];
  /** Whether its names and a menu single out methods, here and in the other panel. */
  chooses: boolean;
}

type Domain = readonly [low: number, high: number];

const height = 330;

/** Dims what is not chosen by a click on a name. */
const dimmed = (opacity: number) => ({ condition: { param: 'chosen', value: opacity }, value: opacity / 8 });

/** Accuracy against pixels removed on an axis of its own, one named curve for each method. */
export function roarPanel({ title, width, means, rows, methods, chooses }: RoarPanel): Spec {
  // Both ends of the axis have a tick, so that panels side by side begin at the same height.
  const ticks = ticksOver(rows.map(({ accuracy }) => percent(accuracy)));
  const domain: Domain = [ticks[0] ?? 0, ticks.at(-1) ?? 100];
  const banded = means.some(({ half }) => half !== null);
  return {
    ...(title && { title: panelTitle(title) }),
    ...{ width, height },
    encoding: encoding(methods, { ticks, domain, levels: unique(rows.map(({ level }) => percent(level))) }),
    layer: [
      ...(banded ? [bands(means)] : []),
      curves(means),
      points(banded ? means.map(meanPoint) : rows.map(seedPoint), methods),
      names(means, { domain, chooses }),
      values(means),
      onlyListed(listed({ means, rows, chooses })),
    ],
  };
}

/** Every mean, and every seed where there are several. */
function listed({ means, rows, chooses }: Pick<RoarPanel, 'means' | 'rows' | 'chooses'>): Listed[] {
  const name = ({ method, level }: Pick<RoarAccuracy, 'method' | 'level'>) =>
    `${chooses ? '' : 'Published, '}${methodStyle(method).label}, ${percent(level)} %`;
  return means.flatMap((row) => {
    const { method, level, mean, half } = row;
    const value = {
      value: percent(mean),
      half: half === null ? undefined : percent(half),
      digits: 1,
      unit: ' %',
    };
    const seeds = rows.filter((seed) => seed.method === method && seed.level === level);
    return [
      { ...point(row), entry: entryOf(name(row), value) },
      ...(seeds.length > 1 ? seeds : []).map((seed) => ({
        ...point({ ...seed, mean: seed.accuracy }),
        entry: entryOf(`${name(seed)}, seed ${seed.seed}`, {
          ...value,
          value: percent(seed.accuracy),
          half: undefined,
        }),
      })),
    ];
  });
}

function encoding(
  methods: readonly string[],
  axes: { ticks: readonly number[]; domain: Domain; levels: readonly number[] },
): Spec {
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
      axis: { values: axes.ticks },
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

function curves(means: readonly RoarSummary[]): Spec {
  return {
    data: { values: means.map(point) },
    mark: { type: 'line', strokeWidth: 2 },
    encoding: { opacity: dimmed(1) },
  };
}

const said: Readonly<Record<string, string>> = {
  ...{ label: 'Method', removed: 'Removed (%)', accuracy: 'Accuracy (%)', half: '95 % interval ± (points)' },
  ...{ seed: 'Seed', seeds: 'Seeds', images: 'Test images' },
};

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
        title: said[field] ?? field,
        ...(['accuracy', 'half'].includes(field) && { format: '.2f' }),
      })),
    },
  };
}

/** The numbers of what is singled out, which the menu shows without a mouse. */
function values(means: readonly RoarSummary[]): Spec {
  return {
    data: { values: means.map((row) => ({ ...point(row), said: numberOf(row) })) },
    transform: [{ filter: { param: 'chosen', empty: false } }],
    mark: { type: 'text', align: 'left', dx: 4, dy: -11, fontSize: textSizes.label },
    encoding: { text: { field: 'said' } },
  };
}

/** Per cent, with the interval where there is one. */
function numberOf({ mean, half }: RoarSummary): string {
  const interval = half === null ? '' : ` ± ${percent(half).toFixed(1)}`;
  return `${percent(mean).toFixed(1)}${interval}`;
}

/** Each method's name at the end of its curve, moved apart where curves end together. */
function names(
  means: readonly RoarSummary[],
  { domain, chooses }: { domain: Domain; chooses: boolean },
): Spec {
  const ends = means.filter(({ method }, i) => means[i + 1]?.method !== method);
  const pixel = (domain[1] - domain[0]) / height;
  const spread = spreadLabels(
    ends.map(({ mean }) => percent(mean)),
    (textSizes.direct + 3) * pixel,
  );
  const mark = { type: 'text', align: 'left', dx: 10, fontSize: textSizes.direct };
  return {
    data: { values: ends.map((row, i) => ({ ...point(row), accuracy: spread[i] })) },
    ...(chooses && { params: [choosing(ends.map(({ method }) => methodStyle(method).label))] }),
    mark: chooses ? { ...mark, cursor: 'pointer' } : mark,
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
  return { ...point(row), seeds: row.seeds, half: row.half && percent(row.half) };
}

function seedPoint(row: RoarAccuracy): Spec {
  return { ...point({ ...row, mean: row.accuracy }), seed: row.seed, images: row.n };
}

/** Multiples of five, or of ten where the range is wide, from below all values to above them. */
function ticksOver(values: readonly number[]): number[] {
  const [least, most] = [Math.max(0, Math.min(...values) - 1), Math.min(100, Math.max(...values) + 1)];
  const step = most - least > 45 ? 10 : 5;
  const first = Math.floor(least / step);
  return Array.from({ length: Math.ceil(most / step) - first + 1 }, (_, i) => (first + i) * step);
}
