import { ArgumentError } from '../errors.js';
import { summariseAlignment } from './alignments.js';
import type { AlignmentMeasurement } from './alignments.js';
import { unique } from './measurements.js';
import { describeProvenance } from './provenance.js';
import type { Provenance } from './provenance.js';
import { publishedFigure4 } from './publishedSupplement.js';
import { leastSeeds } from './statistics.js';
import { Table, tableOf } from './table.js';

/**
 * Figure 4's numbers: mean alignment by radius in both readings of the gradient, with half 95 % intervals, and the
 * published curve.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function tableAlignment(
  rows: readonly AlignmentMeasurement[],
  { provenance }: { provenance: Provenance },
): Table {
  if (rows.length === 0)
    throw new ArgumentError('tableAlignment: there must be measurements, got none; run alignment first');
  const summaries = summariseAlignment(rows);
  const records = unique(summaries.map(({ epsilon }) => epsilon)).map((epsilon) => {
    const find = (reading: string) =>
      summaries.find((row) => row.epsilon === epsilon && row.reading === reading);
    const [absolute, signed] = [find('absolute'), find('signed')];
    const published = publishedFigure4.find((point) => point.epsilon === epsilon)?.alignment ?? null;
    return {
      epsilon,
      absolute: absolute?.mean ?? null,
      absoluteHalf: absolute ? absolute.high - absolute.mean : null,
      published,
      difference: absolute && published !== null ? absolute.mean - published : null,
      signed: signed?.mean ?? null,
      signedHalf: signed ? signed.high - signed.mean : null,
    };
  });
  const over = Math.max(...summaries.map(({ seeds }) => seeds)) < leastSeeds ? 'test images' : 'seeds';
  return new Table(tableOf(records), {
    columns: [
      { name: 'epsilon', title: 'ε', digits: 1 },
      {
        ...{ name: 'absolute', title: 'With |∇Ψ|', digits: 2 },
        ...{ spread: 'absoluteHalf', published: 'published' },
      },
      { name: 'difference', title: 'From the published', digits: 2, signed: true },
      { name: 'signed', title: 'With ∇Ψ', digits: 2, spread: 'signedHalf' },
    ],
    title: 'Mean alignment of test images with their saliency maps, in pixel units',
    caption: `±: half the 95 % interval over ${over}. After |∇Ψ| the published value: Zeng et al. 2021, supplementary Fig 4, read off the figure; ResNet-18 on all of CIFAR-10. ${describeProvenance(provenance)}`,
  });
}
