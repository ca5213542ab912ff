import type { Spec } from './figure.js';

/**
 * A slider below a figure: a Vega-Lite parameter, which the viewer moves without the kernel.
 *
 * @param options - `label` stands before it, `values` are the stops (any distances; the slider moves by the smallest),
 *   `value` is where it stands at first, and in still pictures.
 */
export function slider(
  name: string,
  { label, values, value }: { label: string; values: readonly number[]; value: number },
): Spec {
  const sorted = [...values].sort((a, b) => a - b);
  const [min = 0, max = min] = [sorted[0], sorted.at(-1)];
  const gaps = sorted.slice(1).map((stop, i) => stop - (sorted[i] ?? 0));
  const step = Math.min(...gaps.filter((gap) => gap > 0), max - min || 1);
  return { name, value, bind: { input: 'range', min, max, step: Number(step.toFixed(6)), name: label } };
}

/** A Vega expression for the value nearest to a parameter's; of two equally near ones the lower. */
export function nearestOf(parameter: string, values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduceRight((otherwise, value, i) => {
    const next = sorted[i + 1];
    return next === undefined
      ? String(value)
      : `${parameter} <= ${(value + next) / 2} ? ${value} : ${otherwise}`;
  }, '');
}
