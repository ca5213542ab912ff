import type { Calibration } from './calibration.js';
import type { AttributionOptions } from './kinds/attribution.js';
import type { BoundaryOptions } from './kinds/boundary.js';
import type { ExampleOptions } from './kinds/examples.js';
import type { LatencyOptions } from './kinds/latency.js';
import type { MeasureOptions } from './kinds/measure.js';
import type { ModelOptions } from './kinds/model.js';
import type { RankOptions } from './kinds/ranks.js';
import type { RetrainOptions } from './kinds/retrain.js';
import type { SanityTaskOptions } from './kinds/sanity.js';
import type { TrainingSettings } from './profile.js';
import { optionsOf } from './task.js';
import type { Task } from './task.js';
import type { ImageCounts } from './tasks.js';

/** How many images there are and how large, and what the device takes. */
export interface Scale extends ImageCounts {
  readonly device: Calibration;
}

export interface Cost {
  readonly seconds: number;
  /** What the result takes on disk. */
  readonly bytes: number;
}

/** A gradient of a gradient takes about as much again as a training step's, and a recording of its own. */
const jacobianFactor = 2.5;
/** Restarts of the strong attack: nine targets after the cross-entropy, tried on what is not yet fooled. */
const strongRuns = 10;

/** A rough estimate of what a task takes, from operations counted and timed; what starts up besides is left out. */
export function costOf(task: Task, scale: Scale): Cost {
  const estimate = estimates[task.kind];
  return estimate?.(task, scale) ?? { seconds: 0, bytes: 0 };
}

const estimates: Readonly<Record<string, (task: Task, scale: Scale) => Cost>> = {
  model(task, scale) {
    const { training, defense } = optionsOf<ModelOptions>(task);
    const { device, train } = scale;
    const steps = stepsOf(training, train);
    const extra = {
      standard: 0,
      distilled: steps * training.batchSize * device.prediction,
      jacobian: steps * (jacobianFactor - 1) * device.trainingStep,
      pgd: defense.method === 'pgd' ? steps * defense.steps * device.attackStep : 0,
      explainer: defense.method === 'explainer' ? train * defense.samples * device.explanation : 0,
    };
    const seconds = device.start + steps * device.trainingStep + extra[defense.method];
    return { seconds, bytes: device.parameters * 4 };
  },
  retrain(task, scale) {
    const { training } = optionsOf<RetrainOptions>(task);
    const { device, train, test } = scale;
    const seconds = device.start + stepsOf(training, train) * device.trainingStep + test * device.prediction;
    return { seconds, bytes: test };
  },
  ranks(task, scale) {
    const images = scale.train + scale.test;
    const each = explanation(optionsOf<RankOptions>(task).attribution, scale);
    return { seconds: images * each, bytes: images * scale.pixels * 2 };
  },
  measure(task, { test, device }) {
    const { attack } = optionsOf<MeasureOptions>(task);
    const images = attack?.images === undefined ? test : Math.min(test, attack.images);
    const steps = (attack?.steps ?? 0) * (attack?.kind === 'strong' ? strongRuns : 1);
    return { seconds: images * (2 * device.prediction + steps * device.explanation), bytes: images };
  },
  examples(task, scale) {
    const { count, attribution } = optionsOf<ExampleOptions>(task);
    return { seconds: count * explanation(attribution, scale), bytes: count * scale.pixels * 12 };
  },
  alignment(_, { test, device }) {
    return { seconds: test * device.explanation, bytes: test * 4 };
  },
  sanity(task, scale) {
    const { images, attribution } = optionsOf<SanityTaskOptions>(task);
    return { seconds: 2 * images * explanation(attribution, scale), bytes: images * 40 };
  },
  latency(task, scale) {
    const { runs, attribution } = optionsOf<LatencyOptions>(task);
    return { seconds: (runs + 1) * explanation(attribution, scale), bytes: runs * 20 };
  },
  boundary(task, { test, classes, device }) {
    const { images, steps } = optionsOf<BoundaryOptions>(task).minimal;
    const minimal = Math.min(images, test) * steps;
    return { seconds: (test * classes + minimal) * device.explanation, bytes: test * 12 };
  },
};

function stepsOf({ epochs, batchSize }: TrainingSettings, images: number): number {
  return epochs * Math.ceil(images / batchSize);
}

/** Seconds of one image's map. */
function explanation(options: AttributionOptions, { device, pixels }: Scale): number {
  switch (options.method) {
    case 'random':
      return 0;
    case 'explainer':
      return 2 * device.prediction;
    case 'saliency':
      return device.explanation;
    case 'deepLift':
      return 2 * device.explanation;
    case 'smoothGrad':
    case 'gradientShap':
      return options.samples * device.explanation;
    case 'integratedGradients':
      return options.steps * device.explanation;
    case 'occlusion':
      return (pixels / options.stride ** 2) * device.prediction;
  }
}
