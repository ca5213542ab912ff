import { ArgumentError } from '../errors.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import { normName, radiusName } from '../tables/settings.js';
import { Figure } from './figure.js';
import type { Spec } from './figure.js';
import { picture, pictureFrame } from './mapGrid.js';
import { changeUrls, imageUrls } from './pictures.js';
import type { Shape } from './pictures.js';
import { slider } from './slider.js';
import { methodStyle, textSizes } from './theme.js';

/** One image under attack, step by step, and how it is to be called. */
export interface ShownPath {
  /** [steps + 1, H, W, C], in [0, 1]; entry 0 is the start. */
  readonly images: Float32Array;
  readonly shape: Shape;
  /** Cross-entropy, in nats, [steps + 1]. */
  readonly losses: ArrayLike<number>;
  /** [steps + 1, K]. */
  readonly probabilities: ArrayLike<number>;
  /** Distance to the clean image, in pixel units, [steps + 1]. */
  readonly distances: ArrayLike<number>;
  /** The true class. */
  readonly label: number;
  /** All K. */
  readonly classes: readonly string[];
  /** 'standard model'. */
  readonly model: string;
  readonly norm: 'l2' | 'linf';
  /** In pixel units. */
  readonly epsilon: number;
}

const side = 170;
const chart = { width: 300, height: side } as const;

/**
 * An attack's way, with a slider: the loss along the steps, and the image, what changed, and what the model calls it at
 * the step that the slider names. It runs in the viewer, without the kernel; a still picture shows the last step.
 *
 * @throws {ArgumentError} If there is no step.
 */
export function attackPathFigure(path: ShownPath, { provenance }: { provenance: Provenance }): Figure {
  const steps = stepsOf(path);
  const last = steps.at(-1);
  const first = steps[0];
  if (!last || !first || last.step === 0)
    throw new ArgumentError('attackPathFigure: there must be at least one step, got none');
  const spec = {
    params: [slider('step', { label: 'step ', values: steps.map(({ step }) => step), value: last.step })],
    spacing: 30,
    hconcat: [lossChart(steps, path.classes[path.label] ?? ''), pictures(path, steps)],
  };
  const { norm, epsilon, model } = path;
  const distance = norm === 'l2' ? '‖δ‖₂' : '‖δ‖∞';
  const largest = Math.max(...changesOf(path).map(Math.abs));
  return new Figure(spec, {
    title: `One image's way through PGD-${normName(norm)}, ε = ${radiusName(path)}`,
    caption: [
      `${last.step} attack steps on the ${model}; the slider chooses the step (keys: Page Up, Page Down). Change: image − clean image, grey where there is none, black and white at ±${largest.toPrecision(2)}. ` +
        `${distance} ≤ ε = ${radiusName({ norm, epsilon })} in pixel units.`,
      describeProvenance(provenance),
    ],
    altText: `Loss along ${last.step} steps of an attack, from ${first.loss.toFixed(2)} to ${last.loss.toFixed(2)} nats; the ${model} calls the image ${first.called} at first and ${last.called} at the end. Beside it the image and what changed, at the step that a slider chooses.`,
    width: chart.width + 2 * side + 120,
  });
}

interface Step {
  readonly step: number;
  readonly loss: number;
  readonly called: string;
  readonly right: 'right' | 'wrong';
  /** What the model says of the image, a line each. */
  readonly said: readonly string[];
}

function stepsOf({ losses, probabilities, distances, label, classes, norm }: ShownPath): Step[] {
  return Array.from(losses, (loss, step) => {
    const own = classes.map((_, k) => probabilities[step * classes.length + k] ?? 0);
    const top = own.indexOf(Math.max(...own));
    const called = classes[top] ?? '';
    const distance = (distances[step] ?? 0).toFixed(norm === 'l2' ? 2 : 4);
    const share = Math.round((own[top] ?? 0) * 100);
    return {
      step,
      loss,
      called,
      right: top === label ? 'right' : 'wrong',
      said: [
        `step ${step}: called ${called} (${share} %)`,
        `loss ${loss.toFixed(2)} nats, ${norm === 'l2' ? '‖δ‖₂' : '‖δ‖∞'} = ${distance}`,
      ],
    };
  });
}

const atStep = { filter: 'datum.step === step' };

function lossChart(steps: readonly Step[], label: string): Spec {
  const ink = methodStyle('standard').colour;
  return {
    ...chart,
    data: { values: steps },
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        title: 'Attack step',
        scale: { nice: false, padding: 8 },
        // No ticks between steps, however few these are.
        axis: { grid: false, format: 'd', ...(steps.length <= 10 && { tickCount: steps.length - 1 }) },
      },
      y: { field: 'loss', type: 'quantitative', title: `Loss of the true class, ${label} (nats)` },
    },
    layer: [
      { mark: { type: 'line', color: ink, strokeWidth: 2 } },
      {
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
        encoding: {
          color: byVerdict('range'),
          shape: byVerdict('shape'),
          tooltip: [
            { field: 'step', title: 'Step' },
            { field: 'loss', title: 'Loss (nats)', format: '.3f' },
            { field: 'called', title: 'Called' },
          ],
        },
      },
      {
        transform: [atStep],
        mark: { type: 'rule', color: '#595959', strokeDash: [3, 3] },
        // From the bottom to the top.
        encoding: { y: { value: 'height' }, y2: { value: 0 } },
      },
      {
        transform: [atStep],
        mark: { type: 'point', filled: false, size: 180, strokeWidth: 2, color: '#1a1a1a' },
      },
    ],
  };
}

/** Colour and shape both tell whether the model is still right. */
function byVerdict(channel: 'range' | 'shape'): Spec {
  const range = channel === 'shape' ? ['circle', 'cross'] : ['#0068a8', '#b84a00'];
  return {
    field: 'right',
    type: 'nominal',
    scale: { domain: ['right', 'wrong'], range },
    legend: { title: 'Model is', orient: 'bottom', direction: 'horizontal' },
  };
}

function pictures(path: ShownPath, steps: readonly Step[]): Spec {
  const changes = changesOf(path);
  const limit = Math.max(...changes.map(Math.abs));
  const shown = imageUrls(path.images, path.shape);
  const changed = changeUrls(changes, path.shape, limit);
  const values = steps.flatMap(({ step, said }) => [
    { step, said, column: 'Image', url: shown[step] },
    { step, said, column: 'Change', url: changed[step] },
  ]);
  return {
    data: { values },
    transform: [atStep],
    width: { step: side + 8 },
    height: { step: side },
    encoding: {
      y: { field: 'step', type: 'ordinal', axis: null },
      x: {
        field: 'column',
        type: 'ordinal',
        sort: ['Image', 'Change'],
        scale: { paddingInner: 8 / (side + 8), paddingOuter: 0 },
        axis: { title: null, ticks: false, domain: false, orient: 'top', labelAngle: 0, labelPadding: 6 },
      },
    },
    layer: [
      picture(side),
      pictureFrame,
      {
        transform: [{ filter: "datum.column === 'Image'" }],
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'top',
          xOffset: -side / 2,
          yOffset: side / 2 + 12,
          fontSize: textSizes.direct,
        },
        encoding: { text: { field: 'said' } },
      },
    ],
  };
}

/** What each step changed, from the start. */
function changesOf({ images, losses }: ShownPath): Float32Array {
  const size = images.length / losses.length;
  return images.map((value, i) => value - (images[i % size] ?? 0));
}
