import type { Dataset } from '../data/dataset.js';
import { progress, type Progress } from '../display/progress.js';
import type { Position } from './checkpoint.js';
import type { Sums } from './meter.js';
import type { EpochResult, TrainPlan } from './options.js';

/** A training's progress, and how far it was at the last report. */
export interface TrainingDisplay extends Progress {
  reported: { epoch: number; sums: Sums };
}

/** The progress of a training, which may go on from a checkpoint's position. */
export function show(dataset: Dataset, plan: TrainPlan, position: Position): TrainingDisplay {
  const count = dataset.labels.length;
  const display = progress({
    label: plan.label,
    total: plan.epochs * count,
    done: position.epoch * count + position.images,
    measured: position.history.map(({ epoch, loss, accuracy }) => ({
      done: (epoch - 0.5) * count,
      values: { loss, 'accuracy (%)': 100 * accuracy },
    })),
    axis: { label: 'epoch', from: 0, to: plan.epochs },
  });
  return { ...display, reported: { epoch: position.epoch, sums: position } };
}

/** Shows how far an epoch has come; `epoch` counts from 0. */
export function report(
  display: TrainingDisplay | undefined,
  run: { dataset: Dataset; plan: TrainPlan },
  { epoch, sums }: { epoch: number; sums: Sums },
): void {
  if (!display) return;
  const { dataset, plan } = run;
  const done = epoch * dataset.labels.length + sums.images;
  const fields = {
    epoch: `${epoch + 1}/${plan.epochs}`,
    loss: (sums.loss / sums.images).toPrecision(3),
    accuracy: `${((100 * sums.correct) / sums.images).toFixed(1)} %`,
  };
  display.update(done, fields, sinceLast(display, { epoch, sums }));
}

/** Means over what was trained since the last report: a running mean over the epoch would hide the newest steps. */
function sinceLast(display: TrainingDisplay, now: TrainingDisplay['reported']) {
  const last = display.reported.epoch === now.epoch ? display.reported.sums : none;
  display.reported = now;
  const images = now.sums.images - last.images;
  if (images === 0) return undefined;
  return {
    loss: (now.sums.loss - last.loss) / images,
    'accuracy (%)': (100 * (now.sums.correct - last.correct)) / images,
  };
}

const none: Sums = { loss: 0, correct: 0, images: 0 };

/** The last line of a training that the user stopped; `epoch` counts from 1. */
export function stopped(epoch: number, checkpoint: unknown): string {
  return `stopped at epoch ${epoch}; run the cell again to ${checkpoint ? 'continue' : 'start over'}`;
}

/** The last line of the progress. */
export function summary(last: EpochResult | undefined): string {
  if (!last) return 'done';
  const validation =
    last.validation === undefined ? '' : `, validation ${(100 * last.validation).toFixed(1)} %`;
  return `loss ${last.loss.toPrecision(3)}, accuracy ${(100 * last.accuracy).toFixed(1)} %${validation}`;
}
