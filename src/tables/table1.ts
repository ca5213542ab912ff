import { ArgumentError } from '../errors.js';
import { unique } from './measurements.js';
import { percent } from './percent.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { publishedSetting } from './publishedSupplement.js';
import { normName, radiusName, settingId } from './settings.js';
import type { PgdSetting } from './settings.js';
import { average, leastSeeds, tInterval } from './statistics.js';
import { Table, tableOf } from './table.js';
import type { Column } from './table.js';

/** Accuracy after removal by the maps of one PGD-trained model, and retraining. */
export interface SweepAccuracy {
  readonly setting: PgdSetting;
  readonly seed: number;
  /** Fraction of pixels removed, 0…1. */
  readonly level: number;
  /** On the test images, 0…1. */
  readonly accuracy: number;
}

/** A PGD-trained model of the sweep, as fractions. */
export interface SweepModel {
  readonly setting: PgdSetting;
  readonly seed: number;
  /** Steps that its attack really took in training; the paper's t at the published scale. */
  readonly steps: number;
  readonly clean: number;
  /** Under PGD of the training's norm and radius. */
  readonly robust: number;
}

export interface Table1Options {
  provenance: Provenance;
  /** What robust accuracy is under: '20 steps'. */
  attack: string;
}

/**
 * The supplement's Table 1: accuracy after removal and retraining for each PGD setting and level, with its spread over
 * seeds and the published value in each cell, beside the model's clean and robust accuracy.
 *
 * `table.data` has, for each level, `accuracy80` and `published80` in %, and `spread80`: half the 95 % t-interval over
 * seeds, with two seeds the range as text; null where there is no number.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function table1(
  { models, rows }: { models: readonly SweepModel[]; rows: readonly SweepAccuracy[] },
  { provenance, attack }: Table1Options,
): Table {
  if (rows.length === 0)
    throw new ArgumentError('table1: there must be measurements, got none; run roar first');
  const levels = unique(rows.map(({ level }) => level))
    .filter((level) => level > 0)
    .sort((a, b) => a - b);
  const settings = [...new Map(rows.map(({ setting }) => [settingId(setting), setting]))];
  const records = settings.map(([id, setting]) => ({
    id,
    norm: `PGD ${normName(setting.norm)}`,
    epsilon: radiusName(setting),
    t: setting.t,
    ...modelColumns(models.filter((model) => settingId(model.setting) === id)),
    ...Object.assign({}, ...levels.map((level) => cellColumns(rows, { id, level }))),
  }));
  const columns: Column[] = [
    { name: 'norm', title: 'Trained with' },
    { name: 'epsilon', title: 'ε' },
    { name: 't', title: 't', digits: 0 },
    { name: 'steps', title: 'Steps run', digits: 0 },
    { name: 'clean', title: 'Accuracy (%)', digits: 1 },
    { name: 'robust', title: 'Robust (%)', digits: 1 },
    ...levels.map(percent).map((removed): Column => ({
      name: `accuracy${removed}`,
      title: `${removed} % removed`,
      digits: 2,
      spread: `spread${removed}`,
      published: `published${removed}`,
      best: 'lowest',
    })),
  ];
  const ran = models.some(({ setting, steps }) => steps !== setting.t);
  return new Table(tableOf(records), {
    columns: columns.filter(({ name }) => name !== 'steps' || ran),
    title: 'Table 1: accuracy (%) after removing what SmoothGrad ranks highest, and retraining',
    caption: [
      `Accuracy after removal: this run${spreadNote(provenance.seeds.length)}, then the published one (Zeng et al. 2021, supplementary Table 1; ResNet-18, all of CIFAR-10, seeds not stated).`,
      `Lower means more faithful; marked: the lowest of each column. Robust: under PGD of the training's norm and ε, ${attack}; a stronger attack may find more.`,
      describeProvenance(provenance),
    ].join(' '),
  });
}

function modelColumns(models: readonly SweepModel[]) {
  const mean = (values: number[]) => (values.length ? percent(average(values)) : null);
  return {
    steps: models[0]?.steps ?? null,
    clean: mean(models.map(({ clean }) => clean)),
    robust: mean(models.map(({ robust }) => robust)),
  };
}

function cellColumns(rows: readonly SweepAccuracy[], { id, level }: { id: string; level: number }) {
  const values = rows
    .filter((row) => settingId(row.setting) === id && row.level === level)
    .map(({ accuracy }) => percent(accuracy));
  const removed = percent(level);
  const published = publishedSetting(id, level);
  return {
    [`accuracy${removed}`]: values.length ? average(values) : null,
    [`spread${removed}`]: spreadOf(values),
    [`published${removed}`]: published === undefined ? null : percent(published),
  };
}

/** From three seeds on half the t-interval, of two the range as text. */
function spreadOf(values: readonly number[]): number | string | null {
  if (values.length < 2) return null;
  if (values.length < leastSeeds)
    return `(${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
  const { mean, high } = tInterval(values);
  return high - mean;
}

function spreadNote(seeds: number): string {
  if (seeds < 2) return '';
  return seeds < leastSeeds ? ' (lowest–highest seed)' : ' ± half the 95 % t-interval over seeds';
}
