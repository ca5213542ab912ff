import type { Calibration } from './calibration.js';
import type { Operations } from './operations.js';
import type { AgreementTaskOptions } from './kinds/agreement.js';
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

/** What a device takes, and the JavaScript around it; all times in seconds. */
export interface Pace extends Omit<Calibration, 'memory'> {
  /** Of a normal random number. */
  readonly draw: number;
  /** Of one pixel's rank in its image. */
  readonly rank: number;
}

/** JavaScript's share, which runs on one core whatever the device: measured on an EPYC core. */
export const javascript: Pick<Pace, 'draw' | 'rank'> = { draw: 6e-8, rank: 1.7e-7 };

/**
 * What a device that makes one operation a second would take: a task's seconds are then its floating-point operations.
 *
 * A gradient in the image takes one way forwards and one back, a training step one more for the weights' gradients.
 */
export function countedPace(operations: Operations, batchSize: number): Omit<Pace, 'parameters'> {
  const { network } = operations;
  return {
    trainingStep: 3 * batchSize * network,
    attackStep: 2 * batchSize * network,
    explanation: 2 * network,
    prediction: network,
    ...{ start: 0, draw: 0, rank: 0 },
  };
}

/** How many images there are and how large, what a network takes, and the device. */
export interface Scale extends ImageCounts {
  /** Of a batch, in calibration and training. */
  readonly batchSize: number;
  readonly operations: Operations;
  readonly device: Pace;
}

export interface Cost {
  readonly seconds: number;
  /** What the result takes on disk. */
  readonly bytes: number;
}

/** Colours of a pixel. */
const channels = 3;
/** DDN's own part of its steps, as multiples of the gradient in it. */
const minimalFactor = 3;
/** A gradient of a gradient takes about as much again as a training step's, and a recording of its own. */
const jacobianFactor = 2.5;
/**
 * Runs of the strong attack: nine targets after the cross-entropy on what is not yet fooled. Of a network that was not made
 * robust the first run leaves next to nothing.
 */
const strongRuns = { robust: 10, other: 2 };

/** A rough estimate of what a task takes, from operations counted and timed; what starts up besides is left out. */
export function costOf(task: Task, scale: Scale): Cost {
  const estimate = estimates[task.kind];
  return estimate?.(task, scale) ?? { seconds: 0, bytes: 0 };
}

const estimates: Readonly<Record<string, (task: Task, scale: Scale) => Cost>> = {
  model(task, scale) {
    const { training, defense } = optionsOf<ModelOptions>(task);
    const { device, train, operations } = scale;
    const steps = stepsOf(training, train);
    const maps = operations.explained / operations.network - 1;
    const extra = {
      standard: 0,
      distilled: steps * training.batchSize * device.prediction,
      jacobian: steps * (jacobianFactor - 1) * device.trainingStep,
      pgd: defense.method === 'pgd' ? steps * defense.steps * device.attackStep : 0,
      explainer:
        defense.method === 'explainer'
          ? steps * maps * device.trainingStep + train * defense.samples * noisyGradient(scale)
          : 0,
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
    const sorting = scale.pixels * scale.device.rank;
    return { seconds: images * (each + sorting), bytes: images * scale.pixels * 2 };
  },
  measure(task, { test, batchSize, device }) {
    const { attack } = optionsOf<MeasureOptions>(task);
    const images = attack?.images === undefined ? test : Math.min(test, attack.images);
    const steps =
      (attack?.steps ?? 0) *
      (attack?.kind === 'strong' ? strongRuns[isRobust(task) ? 'robust' : 'other'] : 1);
    const each = device.prediction + (steps * device.attackStep) / batchSize;
    return { seconds: images * each, bytes: images };
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
  agreement(task, scale) {
    const { images, attribution } = optionsOf<AgreementTaskOptions>(task);
    const each = explanation(attribution, scale) + explanation({ method: 'explainer' }, scale);
    return { seconds: Math.min(images, scale.test) * each, bytes: images * 4 };
  },
  latency(task, scale) {
    const { runs, attribution } = optionsOf<LatencyOptions>(task);
    return { seconds: (runs + 1) * explanation(attribution, scale), bytes: runs * 20 };
  },
  boundary(task, { test, classes, device }) {
    const { images, steps } = optionsOf<BoundaryOptions>(task).minimal;
    const minimal = minimalFactor * Math.min(images, test) * steps;
    return { seconds: (test * classes + minimal) * device.explanation, bytes: test * 12 };
  },
};

/** Whether the model that a task reads was trained to withstand attacks. */
function isRobust({ inputs }: Task): boolean {
  const method = inputs.model && optionsOf<ModelOptions>(inputs.model).defense.method;
  return method === 'pgd' || method === 'jacobian';
}

function stepsOf({ epochs, batchSize }: TrainingSettings, images: number): number {
  return epochs * Math.ceil(images / batchSize);
}

/** Seconds of one gradient at a noisy copy of an image. */
function noisyGradient({ device, pixels }: Scale): number {
  return device.explanation + pixels * channels * device.draw;
}

/** Seconds of one image's map. */
function explanation(options: AttributionOptions, scale: Scale): number {
  const { device, pixels, operations } = scale;
  switch (options.method) {
    case 'random':
      return 0;
    case 'explainer':
      return (operations.explained / operations.network) * device.prediction;
    case 'saliency':
      return device.explanation;
    case 'deepLift':
      return 2 * device.explanation;
    case 'smoothGrad':
    case 'gradientShap':
      return options.samples * noisyGradient(scale);
    case 'integratedGradients':
      return options.steps * device.explanation;
    case 'occlusion':
      return (pixels / options.stride ** 2) * device.prediction;
  }
}
