import type { TrainTest } from '../../data/dataset.js';
import { codeHash } from '../code.js';
import type { Compute } from '../store.js';
import { explainExamples } from './examples.js';
import { measure } from './measure.js';
import { trainModel } from './model.js';
import { rankImages } from './ranks.js';
import { retrain } from './retrain.js';

const modules = {
  model: 'model',
  ranks: 'ranks',
  retrain: 'retrain',
  measure: 'measure',
  examples: 'examples',
};

/** The functions that compute each kind of task on a data set; a task's options name that data set by checksum. */
export function computations(data: TrainTest): Readonly<Record<keyof typeof modules, Compute>> {
  return {
    model: (work) => trainModel(data, work),
    ranks: (work) => rankImages(data, work),
    retrain: (work) => retrain(data, work),
    measure: (work) => measure(data, work),
    examples: (work) => explainExamples(data, work),
  };
}

/** Hash of the code that computes a kind of task. */
export function codeOf(kind: string): string {
  const module = modules[kind as keyof typeof modules];
  return codeHash(new URL(`./${module}.js`, import.meta.url));
}
