import type { BoundMeasurement } from '../tables/bounds.js';
import type { Spec } from './figure.js';
import { picture, pictureFrame } from './mapGrid.js';
import { imageUrls, mapUrls } from './pictures.js';
import type { Shape } from './pictures.js';
import { textSizes } from './theme.js';

/** A model's terms of the inequality, with its maps of the same images. */
export interface ShownBound extends BoundMeasurement {
  /** [n, H, W, C], of the first n images. */
  readonly maps: Float32Array;
}

export interface BoundImages {
  /** [n, H, W, C], bytes or float32 in [0, 1]. */
  readonly images: Uint8Array | Float32Array;
  readonly shape: Shape;
  /** The images' classes. */
  readonly names: readonly string[];
}

/** Of the selection that `boundScatter` declares. */
export const isPicked = { param: 'picked', empty: false };

const side = 96;
const gap = 10;

function pictureRows({ images, shape, names }: BoundImages, bounds: readonly ShownBound[]) {
  const stills = imageUrls(images, shape).map((url, image) => ({
    image: String(image),
    column: 'Image',
    label: [names[image], `image ${image}`],
    url,
  }));
  const maps = bounds.flatMap(({ epsilon, maps, ...terms }) =>
    mapUrls(maps, { name: `boundScatter: maps at ε = ${epsilon}`, count: names.length, shape }).map(
      (url, image) => ({
        image: String(image),
        column: radiusLabel(epsilon),
        label: [`map, ${radiusLabel(epsilon)}`, ...termsOf(terms, image)],
        url,
      }),
    ),
  );
  return [...stills, ...maps];
}

/** An image's numbers, which tooltips show to the mouse alone. */
function termsOf({ alignment, xi, attacked }: Pick<BoundMeasurement, Term>, image: number): string[] {
  const three = (values: ArrayLike<number>) => (values[image] ?? NaN).toPrecision(3);
  return [`alignment ${three(alignment)}`, `ξ ${three(xi)}`, `attack ${three(attacked)}`];
}

type Term = 'alignment' | 'xi' | 'attacked';

/** The picked image and its maps at each radius, side by side. */
export function boundPictures(images: BoundImages, bounds: readonly ShownBound[]): Spec {
  const radii = bounds.map(({ epsilon }) => radiusLabel(epsilon));
  return {
    data: { values: pictureRows(images, bounds) },
    transform: [{ filter: isPicked }],
    width: { step: side + gap },
    height: { step: side },
    encoding: {
      x: {
        field: 'column',
        type: 'ordinal',
        scale: { domain: ['Image', ...radii], paddingInner: gap / (side + gap), paddingOuter: 0 },
        axis: null,
      },
      y: { field: 'image', type: 'ordinal', axis: null },
    },
    layer: [
      picture(side),
      pictureFrame,
      {
        mark: { type: 'text', baseline: 'top', yOffset: side / 2 + 6, fontSize: textSizes.label },
        encoding: { text: { field: 'label' } },
      },
    ],
  };
}

/** What a model is called. */
export function radiusLabel(epsilon: number): string {
  return epsilon === 0 ? 'standard' : `ε = ${epsilon}`;
}
