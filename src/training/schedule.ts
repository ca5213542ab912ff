import { ArgumentError } from '../errors.js';

/**
 * How the learning rate goes over a training, from its largest value `learningRate`:
 *
 * - 'constant';
 * - 'step': times 0.1 at half and three quarters of the epochs, or as the object says;
 * - 'oneCycle': PyTorch's `OneCycleLR` with its defaults (a cosine up from 1/25 in the first 30 % of the steps, a cosine
 *   down to 1/250,000), except that the momentum stays.
 */
export type Schedule = 'constant' | 'step' | 'oneCycle' | StepSchedule;

/** Drops at chosen epochs. */
export interface StepSchedule {
  /** Marks a schedule with numbers of its own. */
  readonly kind: 'step';
  /** Epochs at whose start the rate drops; default half and three quarters of them. */
  readonly milestones?: readonly number[];
  /** What the rate is multiplied with; default 0.1. */
  readonly factor?: number;
}

export interface ScheduleOptions {
  schedule: Schedule;
  /** The largest rate. */
  learningRate: number;
  epochs: number;
  /** Steps in one epoch. */
  steps: number;
}

/**
 * The learning rate of a step.
 *
 * @param step - Steps taken before it, from 0.
 */
export function learningRateAt(
  step: number,
  { schedule, learningRate, epochs, steps }: ScheduleOptions,
): number {
  if (schedule === 'constant') return learningRate;
  if (schedule !== 'oneCycle') {
    const given: StepSchedule = schedule === 'step' ? { kind: 'step' } : schedule;
    const { milestones = [epochs / 2, (3 * epochs) / 4], factor = 0.1 } = given;
    const passed = milestones.filter((milestone) => step / steps >= milestone).length;
    return learningRate * factor ** passed;
  }
  const start = learningRate / 25;
  const top = 0.3 * epochs * steps - 1;
  const last = epochs * steps - 1;
  if (step <= top) return cosine(start, learningRate, step / top);
  return cosine(learningRate, start / 1e4, (step - top) / (last - top));
}

/** @throws {ArgumentError} If a number of the schedule is out of range; `name` is the public function. */
export function checkSchedule(name: string, schedule: Schedule): void {
  if (schedule === 'constant' || schedule === 'step' || schedule === 'oneCycle') return;
  // What comes from untyped code may be null.
  if ((schedule as StepSchedule | null)?.kind !== 'step') {
    throw new ArgumentError(
      `${name}: schedule must be 'constant', 'step', 'oneCycle' or {kind: 'step', …}, got ${JSON.stringify(schedule)}`,
    );
  }
  const { milestones = [], factor = 0.1 } = schedule;
  if (!milestones.every((milestone) => milestone >= 0) || !(factor > 0 && factor < Infinity)) {
    throw new ArgumentError(
      `${name}: schedule must have milestones ≥ 0 and a factor > 0, got [${milestones.join(', ')}] and ${factor}`,
    );
  }
}

function cosine(from: number, to: number, fraction: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * Math.max(0, Math.min(1, fraction))));
}
