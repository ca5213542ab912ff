import { ArgumentError } from '../errors.js';
import type { BoundMeasurement } from '../tables/bounds.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import { boundPictures, isPicked, radiusLabel } from './boundPictures.js';
import type { BoundImages, ShownBound } from './boundPictures.js';
import { Figure } from './figure.js';
import type { Spec } from './figure.js';
import { mapScale } from './mapGrid.js';
import { textSizes } from './theme.js';

const panel = { width: 270, height: 250 } as const;
// Okabe and Ito's, darkened; the shape tells radii apart without colour.
const styles = {
  colours: ['#0068a8', '#00785a', '#b84a00', '#a8457a'],
  shapes: ['circle', 'square', 'triangle-up', 'diamond'],
};

/**
 * The inequality ρ(x) ≤ alignment + ξ, image by image, as two scatter plots that share their selection: a click on a
 * point, or its number, picks an image, which is marked in both plots at every radius and shown below with its maps. It
 * runs in the viewer, without the kernel.
 *
 * Points above the left diagonal have a ξ larger than their alignment; those above the right one a minimal attack that
 * goes farther than the bound. Points whose distances are not finite or 0 cannot be drawn on logarithmic axes; the caption
 * counts them.
 *
 * @param bounds - One for each radius, at most four.
 * @throws {ArgumentError} If there is none, or maps do not fit the images.
 */
export function boundScatter(
  { images, shape, names }: BoundImages,
  bounds: readonly ShownBound[],
  { provenance }: { provenance: Provenance },
): Figure {
  if (bounds.length === 0 || bounds.length > 4)
    throw new ArgumentError(`boundScatter: there must be 1 to 4 radii, got ${bounds.length}`);
  const all = bounds.flatMap((bound) => pointsOf(bound, names));
  const points = all.filter(({ alignment, xi, attacked }) =>
    [alignment, xi, attacked].every((value) => value > 0 && value < Infinity),
  );
  const radii = bounds.map(({ epsilon }) => radiusLabel(epsilon));
  const left = {
    name: 'terms',
    fields: ['alignment', 'xi'],
    titles: ['Alignment |⟨x, ∇Ψ†⟩| / ‖∇Ψ†‖ (pixel units)', 'ξ (pixel units)'],
    diagonal: { text: 'ξ = alignment', end: 'low' },
  } as const;
  const right = {
    name: 'distances',
    fields: ['bound', 'attacked'],
    titles: ['Bound: alignment + ξ (pixel units)', 'Distance of the minimal attack (pixel units)'],
    diagonal: { text: 'distance = bound', end: 'high' },
  } as const;
  const spec = {
    params: [{ ...picking(points[0]?.image ?? '0'), views: [left.name, right.name] }],
    vconcat: [
      { hconcat: [left, right].map((scatter) => scatterSpec(points, radii, scatter)), spacing: 36 },
      boundPictures({ images, shape, names }, bounds),
    ],
    spacing: 24,
  };
  const left0 = all.length - points.length;
  return new Figure(spec, {
    title: 'Alignment, ξ and the distance to the decision boundary',
    caption: [
      `One point for each of ${names.length.toLocaleString('en')} test images and each model. Click a point, or type the number of an image: it is marked in both plots and shown below with its saliency maps. ` +
        `Ψ† = Ψᵢ − Ψⱼ, signed gradients. Maps: ${mapScale}` +
        (left0 > 0 ? ` Points not drawn, with a distance of 0 or none found: ${left0}.` : ''),
      describeProvenance(provenance),
    ],
    altText: `Two scatter plots over test images and models trained with ${radii.join(', ')}: ξ against alignment, and the distance of a minimal attack against alignment + ξ. ${describe(all, radii)}`,
    width: 2 * (panel.width + 70),
  });
}

/**
 * A click in either plot picks an image, and so does a field for its number, where JupyterLab leaves the keyboard to the
 * viewer. What is typed is text, hence the images' numbers are.
 */
function picking(image: string): Spec {
  const on = {
    source: 'view',
    type: 'click',
    filter: 'event.item && event.item.datum && isString(event.item.datum.image)',
  };
  return {
    name: 'picked',
    select: { type: 'point', fields: ['image'], on, toggle: false, clear: false },
    value: [{ image }],
    bind: { input: 'number', name: 'Image number ' },
  };
}

interface Point {
  readonly image: string;
  readonly name: string;
  readonly radius: string;
  readonly alignment: number;
  readonly xi: number;
  readonly bound: number;
  readonly attacked: number;
}

function pointsOf({ epsilon, ...bound }: BoundMeasurement, names: readonly string[]): Point[] {
  return names.map((name, image) => {
    const [alignment, xi, attacked] = [bound.alignment, bound.xi, bound.attacked].map(
      (values) => values[image] ?? NaN,
    );
    return {
      image: String(image),
      name,
      radius: radiusLabel(epsilon),
      alignment: alignment ?? NaN,
      xi: xi ?? NaN,
      bound: (alignment ?? NaN) + (xi ?? NaN),
      attacked: attacked ?? NaN,
    };
  });
}

interface Scatter {
  readonly name: string;
  readonly fields: readonly [x: 'alignment' | 'bound', y: 'xi' | 'attacked'];
  readonly titles: readonly [x: string, y: string];
  /** Its name, and at which end there are few points to hide it. */
  readonly diagonal: { readonly text: string; readonly end: 'low' | 'high' };
}

/** Of colour and shape alike, so that they make one legend. */
const legend = { title: null, orient: 'top', direction: 'horizontal' } as const;

function scatterSpec(
  points: readonly Point[],
  radii: readonly string[],
  { name, fields: [x, y], titles, diagonal }: Scatter,
): Spec {
  const axis = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { type: 'log', nice: false, domain: domainOf(points.map((point) => point[field as 'xi'])) },
    axis: { grid: false, tickCount: 4, format: '~g' },
  });
  const scale = (range: readonly string[]) => ({ domain: radii, range: range.slice(0, radii.length) });
  const ends = diagonalEnds(points, [x, y]);
  return {
    ...panel,
    data: { values: points },
    encoding: { x: axis(x, titles[0]), y: axis(y, titles[1]) },
    layer: [
      { data: { values: ends }, mark: { type: 'line', color: '#595959', strokeDash: [4, 4] } },
      {
        name,
        mark: { type: 'point', filled: true },
        encoding: {
          color: {
            field: 'radius',
            type: 'nominal',
            scale: scale(styles.colours),
            legend,
          },
          shape: { field: 'radius', type: 'nominal', scale: scale(styles.shapes), legend },
          opacity: { condition: { ...isPicked, value: 1 }, value: 0.45 },
          size: { condition: { ...isPicked, value: 170 }, value: 26 },
          stroke: { condition: { ...isPicked, value: '#1a1a1a' }, value: null },
          strokeWidth: { value: 1.5 },
        },
      },
      diagonalName(ends, diagonal),
      // Around each point, so that it need not be hit exactly.
      {
        mark: { type: 'point', filled: true, size: 300, opacity: 0, cursor: 'pointer' },
        encoding: {
          tooltip: [
            { field: 'image', title: 'Image' },
            { field: 'name', title: 'Class' },
            { field: 'radius', title: 'Model' },
            { field: 'alignment', title: 'Alignment', format: '.3f' },
            { field: 'xi', title: 'ξ', format: '.3f' },
            { field: 'attacked', title: 'Minimal attack', format: '.3f' },
          ],
        },
      },
    ],
  };
}

/** The ends of the line where x equals y, over the range that both axes show; none where they show no common range. */
function diagonalEnds(points: readonly Point[], [x, y]: Scatter['fields']): Record<string, number>[] {
  const [xs, ys] = [domainOf(points.map((point) => point[x])), domainOf(points.map((point) => point[y]))];
  const [low, high] = [Math.max(xs[0], ys[0]), Math.min(xs[1], ys[1])];
  return low < high ? [low, high].map((value) => ({ [x]: value, [y]: value })) : [];
}

/** Over the points, on a ground of white. */
function diagonalName(ends: readonly Record<string, number>[], { text, end }: Scatter['diagonal']): Spec {
  const place = end === 'low' ? { align: 'left', dx: 22, dy: -12 } : { align: 'right', dx: -14, dy: 4 };
  const mark = { type: 'text', text, fontSize: textSizes.label, ...place };
  return {
    data: { values: end === 'low' ? ends.slice(0, 1) : ends.slice(1) },
    layer: [
      { mark: { ...mark, stroke: 'white', strokeWidth: 4, strokeJoin: 'round' } },
      { mark: { ...mark, color: '#404040' } },
    ],
  };
}

/** A little more than the values' range, by a factor. */
function domainOf(values: readonly number[]): readonly [low: number, high: number] {
  return [Math.min(...values) / 1.25, Math.max(...values) * 1.25];
}

function describe(points: readonly Point[], radii: readonly string[]): string {
  return radii
    .map((radius) => {
      const own = points.filter((point) => point.radius === radius);
      const above = own.filter(({ attacked, bound }) => attacked > bound).length;
      const larger = own.filter(({ xi, alignment }) => xi > alignment).length;
      return `${radius}: ξ is larger than the alignment for ${larger} of ${own.length} images, the attack goes farther than the bound for ${above}.`;
    })
    .join(' ');
}
