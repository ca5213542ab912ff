import { ArgumentError } from '../errors.js';

/**
 * How the learning rate goes over a training, from its largest value `learningRate`:
 *
 * - 'constant';
 * - 'step': times `factor` (default 0.1) at each milestone, in epochs (default half and three quarters of them);
 * - 'one-cycle': PyTorch's `OneCycleLR` with its defaults (a cosine up from 1/25 in the first 30 % of the steps, a
 *   cosine down to 1/250,000), except that the momentum stays.
 */
export type Schedule =
  | { kind: 'constant' }
  | { kind: 'step'; milestones?: readonly number[]; factor?: number }
  | { kind: 'one-cycle' };

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
  if (schedule.kind === 'constant') return learningRate;
  if (schedule.kind === 'step') {
    const { milestones = [epochs / 2, (3 * epochs) / 4], factor = 0.1 } = schedule;
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
  const { kind } = schedule;
  if (kind !== 'constant' && kind !== 'step' && kind !== 'one-cycle') {
    throw new ArgumentError(
      `${name}: schedule must be 'constant', 'step' or 'one-cycle', got ${String(kind)}`,
    );
  }
  if (schedule.kind !== 'step') return;
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
