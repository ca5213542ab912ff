import { ArgumentError } from '../errors.js';
import { alignmentReadings, summariseAlignment } from '../tables/alignments.js';
import type { AlignmentMeasurement, AlignmentReading, AlignmentSummary } from '../tables/alignments.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import { publishedFigure4 } from '../tables/publishedSupplement.js';
import { average, leastSeeds } from '../tables/statistics.js';
import { Figure } from './figure.js';
import type { Spec } from './figure.js';
import { entryOf, onlyListed, pointMenu } from './pointMenu.js';
import type { Listed } from './pointMenu.js';
import { methodStyle, panelTitle, textSizes } from './theme.js';

const panel = { width: 260, height: 250 } as const;

const readings: Readonly<Record<AlignmentReading, { gradient: string; title: string; axis: string }>> = {
  absolute: {
    gradient: '|∇Ψ|',
    title: 'With |∇Ψ|, as published',
    axis: 'Mean ⟨x, |∇Ψ|⟩ / ‖∇Ψ‖ (pixel units)',
  },
  signed: { gradient: '∇Ψ', title: 'With ∇Ψ, the theorem’s', axis: 'Mean |⟨x, ∇Ψ⟩| / ‖∇Ψ‖ (pixel units)' },
};

/**
 * Figure 4 of the supplement: alignment of images with their saliency maps against the radius of PGD-ℓ2 training.
 *
 * Both readings of the gradient, side by side, each on its own axis; the published curve stands with |∇Ψ|, the only
 * reading that can give its numbers.
 *
 * @throws {ArgumentError} If there are no rows.
 */
export function figure4(
  rows: readonly AlignmentMeasurement[],
  { provenance }: { provenance: Provenance },
): Figure {
  if (rows.length === 0)
    throw new ArgumentError('figure4: there must be measurements, got none; run alignment first');
  const summaries = summariseAlignment(rows);
  const single = rows.filter((row) => summaries.some((mean) => mean.seeds > 1 && isMeanOf(mean, row)));
  const shown = alignmentReadings.filter((reading) => summaries.some((row) => row.reading === reading));
  const spec = {
    hconcat: shown.map((reading) =>
      panelSpec(
        reading,
        summaries.filter((row) => row.reading === reading),
        single.filter((row) => row.reading === reading),
      ),
    ),
    spacing: 36,
    resolve: { scale: { y: 'independent' } },
  };
  const seeds = Math.max(...summaries.map((row) => row.seeds));
  return new Figure(pointMenu(spec, 'Mean ± 95 % interval of'), {
    title: 'Alignment of images with their saliency maps',
    caption: [
      `Ψ: logit of the predicted class; images in [0, 1]. Bars: 95 % intervals over ${seeds < leastSeeds ? 'test images, without the spread from training to training' : `${seeds} seeds`}. ` +
        'ε = 0 is the standard model. Published: ResNet-18 on all of CIFAR-10 (Zeng et al. 2021).',
      describeProvenance(provenance),
    ],
    altText: `Mean alignment against ε. ${shown.map((reading) => describe(reading, summaries)).join(' ')}`,
    width: shown.length * (panel.width + 76),
  });
}

function isMeanOf(mean: AlignmentSummary, { reading, epsilon }: AlignmentMeasurement): boolean {
  return mean.reading === reading && mean.epsilon === epsilon;
}

function panelSpec(
  reading: AlignmentReading,
  own: readonly AlignmentSummary[],
  seeds: readonly AlignmentMeasurement[],
): Spec {
  const { title, axis } = readings[reading];
  const published = reading === 'absolute';
  const last = own.at(-1);
  const below = (last?.mean ?? 0) < (publishedAt(last?.epsilon ?? 0) ?? Infinity);
  const radii = [...own, ...(published ? publishedFigure4 : [])].map(({ epsilon }) => epsilon);
  const [least, most] = [Math.min(...radii), Math.max(...radii)];
  // Names stand to the right of the curves.
  const room = (most - least || 1) * 0.28;
  const colour = methodStyle('pgd').colour;
  return {
    title: panelTitle(title),
    ...panel,
    data: { values: own.map(listed) },
    encoding: {
      x: {
        field: 'epsilon',
        type: 'quantitative',
        title: 'Radius ε of PGD-ℓ2 training (pixel units)',
        scale: { domain: [least - room / 6, most + (published ? room : room / 6)], nice: false },
        axis: { grid: false, values: [...new Set(radii)].sort((a, b) => a - b), format: '~g' },
      },
      y: {
        field: 'mean',
        type: 'quantitative',
        title: axis,
        scale: published ? { zero: false, padding: 12 } : { zero: true },
      },
    },
    layer: [
      ...(published ? [publishedLine(!below)] : []),
      { mark: { type: 'line', color: colour, strokeWidth: 2 } },
      {
        mark: { type: 'rule', color: colour, strokeWidth: 1.5 },
        encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'point', color: colour, filled: true, size: 60, opacity: 1, shape: 'triangle-up' },
        encoding: {
          tooltip: [
            { field: 'epsilon', title: 'ε' },
            { field: 'mean', title: 'Alignment', format: '.3f' },
            { field: 'low', title: '95 % from', format: '.3f' },
            { field: 'high', title: '95 % to', format: '.3f' },
            { field: 'seeds', title: 'Seeds' },
          ],
        },
      },
      ...(published ? [curveName('This run', { colour, below, last })] : []),
      ...(seeds.length > 0 ? [onlyListed(seeds.map(listedSeed))] : []),
    ],
  };
}

function listed(row: AlignmentSummary): AlignmentSummary & Listed {
  const { reading, epsilon, mean } = row;
  const point = `${readings[reading].gradient}, ε = ${epsilon}`;
  return { ...row, entry: entryOf(point, { value: mean, half: row.high - mean, digits: 3 }) };
}

function listedSeed({ reading, epsilon, seed, values }: AlignmentMeasurement): Listed {
  const mean = average(Array.from(values));
  const point = `${readings[reading].gradient}, ε = ${epsilon}, seed ${seed}`;
  return { ...{ epsilon, mean }, entry: entryOf(point, { value: mean, digits: 3 }) };
}

function publishedLine(below: boolean): Spec {
  const values = publishedFigure4.map(({ epsilon, alignment }) => ({
    epsilon,
    mean: alignment,
    entry: `Published, ε = ${epsilon}: ${alignment}`,
  }));
  return {
    data: { values },
    layer: [
      { mark: { type: 'line', color: '#595959', strokeDash: [4, 4], strokeWidth: 2 } },
      {
        mark: { type: 'point', color: '#595959', filled: true, size: 30, opacity: 1 },
        encoding: {
          tooltip: [
            { field: 'epsilon', title: 'ε' },
            { field: 'mean', title: 'Published alignment' },
          ],
        },
      },
      curveName('Published', { colour: '#595959', below, last: values.at(-1) }),
    ],
  };
}

/** A curve's name to the right of its last point, on the side where the other curve is not. */
function curveName(
  name: string,
  {
    colour,
    below,
    last,
  }: { colour: string; below: boolean; last: { epsilon: number; mean: number } | undefined },
): Spec {
  return {
    data: { values: last ? [{ epsilon: last.epsilon, mean: last.mean, name }] : [] },
    mark: {
      type: 'text',
      align: 'left',
      dx: 8,
      dy: below ? 10 : -10,
      color: colour,
      fontSize: textSizes.direct,
    },
    encoding: { text: { field: 'name' } },
  };
}

/** The published curve at a radius, between its points along the line. */
function publishedAt(epsilon: number): number | undefined {
  const after = publishedFigure4.findIndex((point) => point.epsilon >= epsilon);
  const [a, b] = [publishedFigure4[after - 1], publishedFigure4[after]];
  if (!a || !b) return b?.alignment;
  const share = (epsilon - a.epsilon) / (b.epsilon - a.epsilon);
  return a.alignment + share * (b.alignment - a.alignment);
}

function describe(reading: AlignmentReading, summaries: readonly AlignmentSummary[]): string {
  const values = summaries
    .filter((row) => row.reading === reading)
    .map(({ epsilon, mean }) => `${mean.toFixed(2)} at ε = ${epsilon}`);
  return `${readings[reading].title}: ${values.join(', ')}.`;
}
