import { ArgumentError } from '../errors.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import { Figure } from './figure.js';
import type { Spec } from './figure.js';
import { mapGrid, mapScale, picture, pictureFrame } from './mapGrid.js';
import { imageUrls, mapUrls } from './pictures.js';
import type { Shape } from './pictures.js';
import { nearestOf, slider } from './slider.js';
import { textSizes } from './theme.js';

/** Images and their saliency maps by the radius of training; all arrays hold the same n images in the same order. */
export interface RadiusMaps {
  /** [n, H, W, C], bytes or float32 in [0, 1]. */
  readonly images: Uint8Array | Float32Array;
  readonly shape: Shape;
  /** The images' classes. */
  readonly names: readonly string[];
  /** By rising radius, 0 for the standard model: maps [n, H, W, C]. */
  readonly byRadius: readonly { readonly epsilon: number; readonly maps: Float32Array }[];
}

const explanation =
  'Maps: gradient of the predicted class in the image, of the standard model (ε = 0) and of PGD-ℓ2 trained ones; ';

/**
 * Figure 3 of the supplement: images and their saliency maps, one column for each radius of PGD-ℓ2 training.
 *
 * @throws {ArgumentError} If a map's length does not fit the images.
 */
export function figure3(
  { byRadius, ...grid }: RadiusMaps,
  { provenance }: { provenance: Provenance },
): Figure {
  const maps = Object.fromEntries(byRadius.map(({ epsilon, maps }) => [String(epsilon), maps]));
  return mapGrid(
    { ...grid, maps },
    {
      name: 'figure3',
      title: 'Saliency maps against the radius of adversarial training',
      caption: [explanation + mapScale, describeProvenance(provenance)],
      label: (epsilon) => (epsilon === '0' ? 'Standard' : `ε = ${epsilon}`),
      // As numbers they would be sorted before names; a list keeps the order of the radii.
      order: byRadius.map(({ epsilon }) => String(epsilon)),
    },
  );
}

const [side, gap] = [84, 6];

/**
 * Figure 3 with a slider: the images, and below them the maps at the radius that the slider names. It runs in the viewer,
 * without the kernel; as a still picture it shows the largest radius.
 *
 * @throws {ArgumentError} If there is no radius, or a map's length does not fit the images.
 */
export function figure3Slider(
  { images, shape, names, byRadius }: RadiusMaps,
  { provenance }: { provenance: Provenance },
): Figure {
  const radii = byRadius.map(({ epsilon }) => epsilon);
  const [most] = radii.slice(-1);
  if (most === undefined)
    throw new ArgumentError('figure3Slider: there must be maps of at least one radius, got none');
  const still = imageUrls(images, shape).map((url, image) => ({
    image,
    name: names[image],
    row: 'Image',
    url,
  }));
  const maps = byRadius.flatMap(({ epsilon, maps }) =>
    mapUrls(maps, { name: `figure3Slider: maps at ε = ${epsilon}`, count: names.length, shape }).map(
      (url, image) => ({ image, name: names[image], row: 'Map', epsilon, url }),
    ),
  );
  const spec = {
    params: [
      slider('radius', { label: 'ε of training ', values: radii, value: most }),
      { name: 'trained', expr: nearestOf('radius', radii) },
    ],
    data: { values: [...still, ...maps] },
    transform: [{ filter: "datum.row === 'Image' || datum.epsilon === trained" }],
    width: { step: side + gap },
    height: { step: side + gap },
    encoding: encoding(names),
    layer: [picture(side), pictureFrame],
  };
  return new Figure(spec, {
    title: 'Saliency maps against the radius of adversarial training',
    caption: [
      `${explanation}${mapScale} The slider takes ε through ${radii.join(', ')} (keys: Page Up, Page Down).`,
      describeProvenance(provenance),
    ],
    altText: `${names.length} test images (${names.join(', ')}) above their saliency maps; a slider chooses the model's ε among ${radii.join(', ')}, at first ${most}.`,
    width: Math.max(420, names.length * (side + gap) + 60),
  });
}

function encoding(names: readonly string[]): Spec {
  const scale = { paddingInner: gap / (side + gap), paddingOuter: 0 };
  const axis = { title: null, ticks: false, domain: false, labelPadding: 8, labelFontSize: textSizes.label };
  return {
    x: {
      field: 'image',
      type: 'ordinal',
      scale,
      axis: { ...axis, orient: 'top', labelAngle: 0, labelExpr: `${JSON.stringify(names)}[datum.value]` },
    },
    y: {
      field: 'row',
      type: 'ordinal',
      scale: { ...scale, domain: ['Image', 'Map'] },
      axis: {
        ...axis,
        labelExpr: "datum.value === 'Image' ? 'Image' : trained === 0 ? 'Standard' : 'ε = ' + trained",
      },
    },
    tooltip: [{ field: 'name', title: 'Class' }],
  };
}
