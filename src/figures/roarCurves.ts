import { ArgumentError } from '../errors.js';
import { summarise, unique } from '../tables/measurements.js';
import type { RoarAccuracy, RoarSummary } from '../tables/measurements.js';
import { percent } from '../tables/percent.js';
import { describeProvenance } from '../tables/provenance.js';
import type { Provenance } from '../tables/provenance.js';
import type { PublishedAccuracy } from '../tables/published.js';
import { Figure } from './figure.js';
import type { Spec } from './figure.js';
import { pointMenu } from './pointMenu.js';
import { roarPanel } from './roarPanel.js';
import { methodStyle } from './theme.js';

export interface RoarCurvesOptions {
  provenance: Provenance;
  title: string;
  /** What decides the order of removal: "Pixels are ranked by each model's saliency map". */
  ranking: string;
  /** Drawn in a panel of its own, if there are any. */
  published: readonly PublishedAccuracy[];
  /** The function that draws, for messages. */
  name: string;
}

/** In pixels: alone, and beside the published curves. */
const widths = { alone: 480, own: 280, published: 180 } as const;
/** Pixels that the names beside the curves take. */
const namesWidth = 100;

/**
 * Accuracy after removing the highest-ranked pixels and retraining, one curve for each method; the published curves stand
 * in a panel of their own, since networks of another size have another accuracy to begin with.
 *
 * With three seeds or more a line is the mean and its band the 95 % t-interval over seeds; with fewer, each seed is a
 * point. In JupyterLab a click on a name or the menu singles its curves out, with their numbers (a double click: all
 * again); points show their values, and a menu says them, with those of single seeds.
 *
 * @param rows - Any methods and levels; `random` and `mask` are drawn as controls.
 * @throws {ArgumentError} If there are no rows.
 */
export function roarCurves(rows: readonly RoarAccuracy[], options: RoarCurvesOptions): Figure {
  const { provenance, title, published, name } = options;
  if (rows.length === 0)
    throw new ArgumentError(`${name}: there must be measurements, got none; run roar first`);
  const means = summarise(rows);
  const theirs = published.map((row) => ({ ...row, seed: 0, n: 10_000 }));
  const beside = theirs.length > 0;
  const methods = unique([...rows, ...theirs].map(({ method }) => method));
  const own = roarPanel({
    ...{ rows, means, methods, chooses: true },
    title: beside ? 'This run' : undefined,
    width: beside ? widths.own : widths.alone,
  });
  const panels = beside ? { hconcat: [own, publishedPanel(theirs, methods)], spacing: 30 } : own;
  return new Figure(pointMenu(panels, 'Accuracy ± 95 % interval of'), {
    title,
    caption: [explanation(means, options), describeProvenance(provenance)],
    altText: `Line chart of accuracy against pixels removed. ${describe(means)}`,
    width: beside ? widths.own + widths.published + 2 * namesWidth + 60 : widths.alone + namesWidth,
  });
}

function publishedPanel(rows: readonly RoarAccuracy[], methods: readonly string[]): Spec {
  const means = summarise(rows);
  return roarPanel({
    ...{ rows, means, methods, chooses: false },
    title: 'Published: ResNet-18, all of CIFAR-10',
    width: widths.published,
  });
}

const controls: Readonly<Record<string, string>> = {
  random: 'pixels removed by chance',
  mask: 'a network that sees nothing but which pixels the standard model had removed',
};

function explanation(
  means: readonly RoarSummary[],
  { ranking, published }: Pick<RoarCurvesOptions, 'ranking' | 'published'>,
): string {
  const seeds = Math.max(...means.map((row) => row.seeds));
  const shown = means.some(({ half }) => half !== null)
    ? `Points: means over ${seeds} seeds; bands: 95 % t-intervals over seeds.`
    : seeds > 1
      ? 'Points: one retrained network each; lines: their means.'
      : 'One retrained network per point.';
  const control = unique(means.map(({ method }) => method))
    .filter((method) => controls[method])
    .map((method) => `${methodStyle(method).label}: ${controls[method]}.`);
  const theirs = published.length
    ? ['Published: Zeng et al. 2021; each panel has its own axis of accuracy.']
    : [];
  return [`${ranking}; a lower curve means a more faithful map.`, shown, ...control, ...theirs].join(' ');
}

function describe(means: readonly RoarSummary[]): string {
  return unique(means.map(({ method }) => method))
    .map((method) => {
      const own = means.filter((row) => row.method === method);
      const values = own.map(({ level, mean }) => `${percent(mean).toFixed(1)} % at ${percent(level)} %`);
      return `${methodStyle(method).label}: ${values.join(', ')}.`;
    })
    .join(' ');
}
