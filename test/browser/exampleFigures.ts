import { boundScatter } from '../../src/figures/boundScatter.js';
import { figure1 } from '../../src/figures/figure1.js';
import { figure3Slider } from '../../src/figures/figure3.js';
import { figure4 } from '../../src/figures/figure4.js';
import type { Figure } from '../../src/figures/figure.js';

// Numbers that nothing computes, so that what is shown is the same on every machine.
const provenance = { profile: 'quick', dataset: 'made-up numbers', seeds: [0], device: 'no device' };

const accuracies = { standard: [0.7, 0.66, 0.6], pgd: [0.7, 0.5, 0.3], random: [0.7, 0.69, 0.67] };
const rows = Object.entries(accuracies).flatMap(([method, values]) =>
  values.map((accuracy, i) => ({ method, seed: 0, level: [0, 0.4, 0.8][i] ?? 0, accuracy, n: 1000 })),
);
export const exampleCurves = figure1(rows, { provenance, published: false });
/** The same beside the published curves. */
export const exampleBeside = figure1(rows, { provenance });

const names = ['cat', 'dog', 'ship'];
const shape = [8, 8, 3] as const;
const pixels = 8 * 8 * 3;
/** One image for each name: dark to the left of a border that `turn` moves. */
const stripes = (turn: number) =>
  Float32Array.from({ length: names.length * pixels }, (_, i) =>
    Number((Math.floor(i / 3) % 8) + 2 * Math.floor(i / pixels) > 3 + turn),
  );
const pictures = { images: stripes(0), shape, names };

export const exampleScatter = boundScatter(
  pictures,
  [0, 2].map((epsilon) => ({
    epsilon,
    seed: 0,
    alignment: [0.5, 1, 2].map((value) => value * (1 + epsilon)),
    xi: [1, 0.2, 0.4],
    linearised: [0.1, 0.1, 0.1],
    attacked: [0.3, 0.9, 2.6].map((value) => value * (1 + epsilon)),
    maps: stripes(1 + epsilon),
  })),
  { provenance },
);

export const exampleSlider = figure3Slider(
  { ...pictures, byRadius: [0, 1, 2].map((epsilon) => ({ epsilon, maps: stripes(epsilon) })) },
  { provenance },
);

export const exampleAlignment = figure4(
  [0, 1].map((epsilon) => ({
    epsilon,
    seed: 0,
    reading: 'signed',
    values: Float32Array.of(epsilon + 1, epsilon + 3),
  })),
  { provenance },
);

/** A cell that shows a figure. */
export function inCell({ spec }: Figure): string {
  return `import { Figure } from 'roarbook';\nnew Figure(${JSON.stringify(spec)})`;
}
