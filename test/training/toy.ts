import type { Dataset } from '../../src/data/dataset.js';
import { resnet } from '../../src/models/resnet.js';
import type { Model } from '../../src/models/model.js';
import { seeded } from '../../src/random.js';

/** Grey 8×8 images of noise with a bright quarter: which quarter is the class, 0…3. */
export function quarters(count: number, seed = 1): Dataset {
  const random = seeded(seed);
  const images = new Float32Array(count * 64);
  const labels = Int32Array.from({ length: count }, () => random.integer(4));
  labels.forEach((label, i) => {
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 8; column++) {
        const bright = Math.floor(row / 4) * 2 + Math.floor(column / 4) === label;
        images[i * 64 + row * 8 + column] = 0.5 * random.uniform() + (bright ? 0.4 : 0);
      }
    }
  });
  const caption = 'quarters';
  const source = { name: caption, official: null, checksum: `${count}-${seed}`, caption };
  return { images, labels, shape: [8, 8, 1], classes: ['a', 'b', 'c', 'd'], source };
}

/** A residual network of 4 classes for them. */
export function tinyModel(seed = 1): Model {
  const normalise = { mean: [0.3], std: [0.25] };
  return resnet({ stem: 4, widths: [4, 8], classes: 4, normalise, random: seeded(seed) });
}

/** The training that tests interrupt and kill: short steps, enough epochs. */
export const longOptions = { epochs: 12, batchSize: 24, quiet: true, label: 'long' } as const;

const hostKey = Symbol.for('jupyter.host');

/** Runs as in a notebook whose user stops the cell; the signal, which is asked before each step, says so after some. */
export async function stoppedAfter(steps: number, work: () => Promise<unknown>): Promise<void> {
  let asked = 0;
  const signal = {
    get aborted() {
      return ++asked > steps;
    },
  };
  Object.assign(globalThis, { [hostKey]: { display: () => undefined, signal } });
  try {
    await work();
  } finally {
    Object.assign(globalThis, { [hostKey]: undefined });
  }
}
