import { average } from '../tables/statistics.js';
import { agreementResult } from './kinds/agreement.js';
import { alignmentResult } from './kinds/alignment.js';
import { attributionName } from './kinds/attribution.js';
import type { AttributionOptions } from './kinds/attribution.js';
import { boundaryResult } from './kinds/boundary.js';
import { latencyResult } from './kinds/latency.js';
import { measurement } from './kinds/measure.js';
import type { MeasureOptions } from './kinds/measure.js';
import { defenseName } from './kinds/model.js';
import type { ModelOptions } from './kinds/model.js';
import type { RankOptions } from './kinds/ranks.js';
import type { RetrainOptions } from './kinds/retrain.js';
import { sanityResult } from './kinds/sanity.js';
import type { Stored } from './store.js';
import { optionsOf } from './task.js';
import type { Task } from './task.js';
import type { TaskList } from './tasks.js';

/** One number of a run, with all that it depends on; null where something does not apply. */
export interface Measured {
  /** 'accuracy', 'alignment', 'sanity: SSIM', 'median latency in ms', … */
  readonly quantity: string;
  readonly value: number;
  /** Test images. */
  readonly images: number;
  /** How the model was trained: 'standard', 'PGD-ℓ2 (ε = 1.5, 20 steps)', 'explainer, aligned to standard'. */
  readonly model: string | null;
  readonly seed: number | null;
  /** What ranked the pixels that were removed before retraining, or made the maps that are measured. */
  readonly attribution: string | null;
  /** Fraction of pixels removed. */
  readonly level: number | null;
  /** 'removed' or 'mask', of retrainings. */
  readonly view: string | null;
  /** 'clean', 'PGD-20', 'strong-100', of accuracies of the model itself. */
  readonly attack: string | null;
  /** Seconds it took, where known. */
  readonly seconds: number | null;
  /** Names the task. */
  readonly key: string;
}

type Own = Pick<Measured, 'quantity' | 'value' | 'images'> & Partial<Measured>;

/** Every number of a task list whose result is there, in the list's order. */
export async function records({ tasks, store }: TaskList): Promise<Measured[]> {
  const rows: Measured[] = [];
  for (const { key, task } of tasks) {
    const read = readers[task.kind];
    const stored = read && store.peek(task);
    if (!stored) continue;
    for (const own of await read(task, stored))
      rows.push({ ...none, seconds: store.seconds(task) ?? null, key, ...own });
  }
  return rows;
}

const none = { model: null, seed: null, attribution: null, level: null, view: null, attack: null };

const readers: Readonly<Record<string, (task: Task, stored: Stored) => Promise<Own[]>>> = {
  async measure(task, stored) {
    const { accuracy, correct } = await measurement(stored);
    const { attack } = optionsOf<MeasureOptions>(task);
    const under = attack ? `${attack.kind === 'pgd' ? 'PGD' : 'strong'}-${attack.steps}` : 'clean';
    return [
      { quantity: 'accuracy', value: accuracy, images: correct.length, attack: under, ...modelOf(task) },
    ];
  },
  async retrain(task, stored) {
    const { accuracy, correct } = await measurement(stored);
    const { level, seed, view } = optionsOf<RetrainOptions>(task);
    const { ranks } = task.inputs;
    const attribution = ranks ? attributionName(optionsOf<RankOptions>(ranks).attribution) : null;
    const removal = { attribution, level, view, ...modelOf(ranks), seed };
    return [{ quantity: 'accuracy', value: accuracy, images: correct.length, ...removal }];
  },
  async alignment(task, stored) {
    const { mean, values } = await alignmentResult(stored);
    const quantity = task.options.signed === true ? 'signed alignment' : 'alignment';
    return [{ quantity, value: mean, images: values.length, ...modelOf(task) }];
  },
  async boundary(task, stored) {
    return Object.entries(await boundaryResult(stored)).map(([quantity, values]: [string, Float32Array]) => ({
      quantity: `median ${quantity}`,
      value: medianOf(values),
      images: values.length,
      ...modelOf(task),
    }));
  },
  async sanity(task, stored) {
    const { spearmanAbsolute, ssim } = await sanityResult(stored);
    const similarities = { 'sanity: rank correlation of |maps|': spearmanAbsolute, 'sanity: SSIM': ssim };
    return Object.entries(similarities).map(([quantity, values]) => ({
      quantity,
      value: average(values),
      images: values.length,
      ...explainedBy(task),
    }));
  },
  async agreement(task, stored) {
    const values = await agreementResult(stored);
    const quantity = 'correlation with the maps learned';
    return [
      {
        quantity,
        value: average([...values]),
        images: values.length,
        attribution: 'explainer',
        ...modelOf(task),
      },
    ];
  },
  async latency(task, stored) {
    const { milliseconds } = await latencyResult(stored);
    const value = medianOf(Float64Array.from(milliseconds));
    return [{ quantity: 'median latency in ms', value, images: 1, ...explainedBy(task) }];
  },
};

/** The method whose maps a task measures, and the model that it explains. */
function explainedBy(task: Task): Pick<Measured, 'attribution' | 'model' | 'seed'> {
  const { attribution } = optionsOf<{ attribution: AttributionOptions }>(task);
  return { attribution: attributionName(attribution), ...modelOf(task) };
}

/** The model that a task reads: how it was trained, and its seed. */
function modelOf(task: Task | undefined): Pick<Measured, 'model' | 'seed'> {
  if (!task?.inputs.model) return { model: null, seed: null };
  const { defense, seed } = optionsOf<ModelOptions>(task.inputs.model);
  const { teacher } = task.inputs.model.inputs;
  // Explainers of the main paper differ in whose maps they learned.
  const aligned =
    defense.method === 'explainer' && teacher
      ? `, aligned to ${defenseName(optionsOf<ModelOptions>(teacher).defense)}`
      : '';
  return { model: `${defenseName(defense)}${aligned}`, seed };
}

/** Infinite distances count as large. */
function medianOf(values: Float32Array | Float64Array): number {
  const sorted = values.slice().sort();
  return sorted[sorted.length >> 1] ?? NaN;
}
