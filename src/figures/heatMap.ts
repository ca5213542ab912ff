import { ArgumentError } from '../errors.js';
import { unique } from '../tables/measurements.js';
import { percent } from '../tables/percent.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import { publishedSetting } from '../tables/publishedSupplement.js';
import { settingId, settingName } from '../tables/settings.js';
import { average } from '../tables/statistics.js';
import type { SweepAccuracy } from '../tables/table1.js';
import { Figure } from './figure.js';
import type { Spec } from './figure.js';
import { entryOf, onlyListed, pointMenu } from './pointMenu.js';
import type { Listed } from './pointMenu.js';
import { textSizes } from './theme.js';

const cell = { width: 74, height: 28 } as const;
// Blue and orange are told apart by the colour-blind; both ends are light enough for dark figures on them.
const colours = ['#7ab8e0', '#f7f7f7', '#f2a76d'];
const panels = ['This run', 'Published'] as const;

interface Cell extends Listed {
  readonly panel: (typeof panels)[number];
  readonly setting: string;
  readonly removed: string;
  readonly accuracy: number;
  /** From the mean of its panel's column, in points. */
  readonly difference: number;
}

/**
 * The supplement's Table 1 as a heat map, this run beside the published numbers.
 *
 * A cell's colour is its distance from the mean of the settings at the same level, which the levels' own fall would
 * otherwise hide; both panels share one scale. The number is the accuracy.
 *
 * @throws {ArgumentError} If there are no rows above level 0.
 */
export function heatMap(rows: readonly SweepAccuracy[], { provenance }: { provenance: Provenance }): Figure {
  const removed = rows.filter(({ level }) => level > 0);
  if (removed.length === 0)
    throw new ArgumentError('heatMap: there must be measurements above level 0, got none; run roar first');
  const cells = panels.flatMap((panel) => cellsOf(removed, panel));
  const widest = Math.max(1, ...cells.map(({ difference }) => Math.abs(difference)));
  const settings = unique(removed.map(({ setting }) => settingName(setting)));
  const levels = unique(removed.map(({ level }) => level)).sort((a, b) => a - b);
  const axes = { settings, levels: levels.map(levelName), limit: Math.ceil(widest) };
  const shown = panels.filter((panel) => cells.some((entry) => entry.panel === panel));
  const spec = {
    hconcat: shown.map((panel, i) =>
      panelSpec(
        cells.filter((entry) => entry.panel === panel),
        {
          ...axes,
          panel,
          first: i === 0,
          seeds: panel === 'Published' ? [] : seedsOf(removed),
        },
      ),
    ),
    spacing: 24,
  };
  return new Figure(pointMenu(spec, 'Accuracy, and points from the mean, of', 'cell'), {
    title: 'Accuracy (%) after removal by each setting’s maps, and retraining',
    caption: [
      'Colour: points above (orange, less faithful) or below (blue, more faithful) the mean of the settings shown at that level. ' +
        `Published: Zeng et al. 2021, supplementary Table 1${shown.length === 1 ? '; it has none of these rows' : ''}.`,
      describeProvenance(provenance),
    ],
    altText: `Heat map of accuracy by training setting and share removed. ${describe(cells)}`,
    width: Math.max(420, shown.length * levels.length * cell.width + 190),
  });
}

function cellsOf(rows: readonly SweepAccuracy[], panel: Cell['panel']): Cell[] {
  const levels = unique(rows.map(({ level }) => level));
  return levels.flatMap((level) => {
    const settings = [...new Map(rows.map(({ setting }) => [settingId(setting), setting]))];
    const values = settings.flatMap(([id, setting]) => {
      const own = rows.filter((row) => settingId(row.setting) === id && row.level === level);
      const value =
        panel === 'Published'
          ? publishedSetting(id, level)
          : own.length && average(own.map((row) => row.accuracy));
      return value ? [{ setting: settingName(setting), accuracy: percent(value) }] : [];
    });
    const mean = average(values.map(({ accuracy }) => accuracy));
    return values.map((value) => {
      const cell = { ...value, panel, removed: levelName(level), difference: value.accuracy - mean };
      const sign = cell.difference < 0 ? '−' : '+';
      const point = `${panel === 'Published' ? 'Published, ' : ''}${value.setting}, ${cell.removed}`;
      const entry = `${accuracyOf(point, value.accuracy)}, ${sign}${Math.abs(cell.difference).toFixed(2)}`;
      return { ...cell, entry };
    });
  });
}

function accuracyOf(point: string, value: number): string {
  return entryOf(point, { value, digits: 2, unit: ' %' });
}

/** The seeds behind each cell that is a mean of several. */
function seedsOf(rows: readonly SweepAccuracy[]): Listed[] {
  const cellId = ({ setting, level }: SweepAccuracy) => `${settingId(setting)} ${level}`;
  const several = rows.filter((row) => rows.filter((other) => cellId(other) === cellId(row)).length > 1);
  return several.map(({ setting, level, seed, accuracy }) => {
    const [name, removed] = [settingName(setting), levelName(level)];
    const entry = accuracyOf(`${name}, ${removed}, seed ${seed}`, percent(accuracy));
    return { ...{ setting: name, removed }, entry };
  });
}

interface Axes {
  readonly settings: readonly string[];
  readonly levels: readonly string[];
  readonly limit: number;
  readonly panel: string;
  readonly first: boolean;
  readonly seeds: readonly Listed[];
}

function panelSpec(values: readonly Cell[], { settings, levels, limit, panel, first, seeds }: Axes): Spec {
  const axis = { title: null, ticks: false, domain: false, labelPadding: 8 };
  return {
    title: { text: panel, fontSize: textSizes.direct, fontWeight: 'normal', anchor: 'start', offset: 4 },
    data: { values },
    width: { step: cell.width },
    height: { step: cell.height },
    encoding: {
      x: {
        field: 'removed',
        type: 'ordinal',
        scale: { domain: levels },
        axis: { ...axis, title: 'Pixels removed', titleAnchor: 'start', orient: 'top', labelAngle: 0 },
      },
      y: { field: 'setting', type: 'ordinal', scale: { domain: settings }, axis: first ? axis : null },
      tooltip: [
        { field: 'setting', title: 'Setting' },
        { field: 'removed', title: 'Removed' },
        { field: 'accuracy', title: 'Accuracy (%)', format: '.2f' },
        { field: 'difference', title: 'From the mean (points)', format: '+.2f' },
      ],
    },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 2 },
        encoding: {
          color: {
            field: 'difference',
            type: 'quantitative',
            scale: { domain: [-limit, 0, limit], range: colours },
            legend: {
              title: ['From the mean', '(points)'],
              ...{ gradientLength: 100, tickCount: 3 },
              ...{ format: '+', labelExpr: "datum.value === 0 ? '0' : datum.label" },
            },
          },
        },
      },
      {
        mark: { type: 'text', fontSize: textSizes.label },
        encoding: { text: { field: 'accuracy', type: 'quantitative', format: '.2f' } },
      },
      ...(seeds.length > 0 ? [onlyListed(seeds)] : []),
    ],
  };
}

function levelName(level: number): string {
  return `${percent(level)} %`;
}

function describe(cells: readonly Cell[]): string {
  return panels
    .map((panel) => {
      const own = cells.filter((entry) => entry.panel === panel);
      const values = own.map(
        ({ setting, removed, accuracy }) => `${setting}, ${removed} removed: ${accuracy.toFixed(1)} %`,
      );
      return own.length ? `${panel}: ${values.join('; ')}.` : '';
    })
    .join(' ')
    .trim();
}
