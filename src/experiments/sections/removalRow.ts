import type { RoarAccuracy } from '../../tables/measurements.js';
import type { RoarTableRow } from '../../tables/roarTable.js';
import type { Measurement } from '../kinds/measure.js';

/** Accuracy after removal and retraining. */
export interface RemovalRow<Method extends string> extends Measurement {
  readonly method: Method;
  readonly seed: number;
  readonly level: number;
}

/** The accuracy alone, for figures and claims. */
export function roarAccuracy({ method, seed, level, accuracy, correct }: RemovalRow<string>): RoarAccuracy {
  return { method, seed, level, accuracy, n: correct.length };
}

/** A row of the table that compares the methods. */
export function roarTableRow(row: RemovalRow<string>): RoarTableRow {
  return { ...roarAccuracy(row), correct: row.correct };
}
