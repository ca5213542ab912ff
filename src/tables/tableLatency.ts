import { ArgumentError } from '../errors.js';
import { median } from './bounds.js';
import { methodName } from './methods.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { publishedLatency } from './publishedMain.js';
import { Table, tableOf } from './table.js';

/** How long a method took to explain one image. */
export interface MethodLatency {
  readonly method: string;
  /** Of each run. */
  readonly milliseconds: readonly number[];
}

/**
 * The main paper's Table 3: latency of one image, the median of the runs with the fastest and the slowest, beside the
 * published one; both also as multiples of saliency, which other machines and networks change less.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function tableLatency(
  rows: readonly MethodLatency[],
  { provenance }: { provenance: Provenance },
): Table {
  if (rows.length === 0) throw new ArgumentError('tableLatency: there must be measurements, got none');
  const base = rows.find(({ method }) => method === 'saliency');
  const unit = base && median(base.milliseconds);
  const records = rows.map(({ method, milliseconds }) => {
    const published = publishedLatency[method] ?? null;
    const ours = median(milliseconds);
    return {
      method,
      name: methodName(method),
      latency: ours,
      fastest: Math.min(...milliseconds),
      slowest: Math.max(...milliseconds),
      published,
      times: unit ? ours / unit : null,
      publishedTimes: published === null ? null : published / (publishedLatency['saliency'] ?? NaN),
    };
  });
  const runs = rows.map(({ milliseconds }) => milliseconds.length);
  const [fewest, most] = [Math.min(...runs), Math.max(...runs)];
  return new Table(tableOf(records), {
    columns: [
      { name: 'name', title: 'Method' },
      {
        ...{ name: 'latency', title: 'Median (ms)', digits: 1, best: 'lowest' },
        ...{ published: 'published', publishedDigits: 0 },
      },
      { name: 'fastest', title: 'Fastest (ms)', digits: 1 },
      { name: 'slowest', title: 'Slowest (ms)', digits: 1 },
      { name: 'times', title: '× saliency', digits: 1, published: 'publishedTimes' },
    ],
    title: 'Table 3: time to explain one image',
    caption: `${fewest === most ? fewest : `${fewest} to ${most}`} runs after one that does not count. After each value the published one: Zeng et al. 2021, Table 3, ResNet-18 on a CPU that is not named. ${describeProvenance(provenance)}`,
  });
}
