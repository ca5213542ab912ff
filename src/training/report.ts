import type { Dataset } from '../data/dataset.js';
import { progress, type Progress } from '../display/progress.js';
import type { Position } from './checkpoint.js';
import type { Sums } from './meter.js';
import type { EpochResult, TrainPlan } from './options.js';

/** The progress of what is left of a training. */
export function show(dataset: Dataset, plan: TrainPlan, position: Position): Progress {
  const count = dataset.labels.length;
  return progress({ label: plan.label, total: (plan.epochs - position.epoch) * count - position.images });
}

/** Shows how far an epoch has come; `epoch` counts from 0. */
export function report(
  display: Progress | undefined,
  run: { dataset: Dataset; plan: TrainPlan; position: Position },
  { epoch, sums }: { epoch: number; sums: Sums },
): void {
  const { dataset, plan, position } = run;
  const done = (epoch - position.epoch) * dataset.labels.length + sums.images - position.images;
  display?.update(done, {
    epoch: `${epoch + 1}/${plan.epochs}`,
    loss: (sums.loss / sums.images).toPrecision(3),
    accuracy: `${((100 * sums.correct) / sums.images).toFixed(1)} %`,
  });
}

/** The last line of the progress. */
export function summary(last: EpochResult | undefined): string {
  if (!last) return 'done';
  const validation =
    last.validation === undefined ? '' : `, validation ${(100 * last.validation).toFixed(1)} %`;
  return `loss ${last.loss.toPrecision(3)}, accuracy ${(100 * last.accuracy).toFixed(1)} %${validation}`;
}
