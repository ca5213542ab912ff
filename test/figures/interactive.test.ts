import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as vega from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import { ArgumentError } from '../../src/errors.js';
import { attackPathFigure } from '../../src/figures/attackPathFigure.js';
import { boundScatter } from '../../src/figures/boundScatter.js';
import type { Figure } from '../../src/figures/figure.js';
import { figure1 } from '../../src/figures/figure1.js';
import { figure3, figure3Slider } from '../../src/figures/figure3.js';
import { nearestOf, slider } from '../../src/figures/slider.js';
import { provenance, provenanceText } from '../fixtures/provenance.js';

/** A figure as a viewer runs it, without a kernel: signals are set as a slider would, texts and pictures read back. */
async function run(figure: Figure) {
  const { spec } = compile(JSON.parse(JSON.stringify(figure.spec)) as TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  await view.runAsync();
  return {
    async set(name: string, value: unknown) {
      await view.signal(name, value).runAsync();
    },
    async svg() {
      return view.toSVG();
    },
    pictures: async () =>
      [...(await view.toSVG()).matchAll(/<image [^>]*?(data:image\/png;base64,[^"]+)"/g)].map(
        ([, url]) => url,
      ),
  };
}

const size = 4 * 4 * 3;
const shape = [4, 4, 3] as const;
const flat = (value: number, count = 2) => new Float32Array(count * size).fill(value);
// Another pixel is dark in each map, so that no two pictures are equal.
const maps = (pixel: number) =>
  Float32Array.from({ length: 2 * size }, (_, i) => Number(Math.floor(i / 3) % 16 === pixel));

describe('slider', () => {
  it('moves by the smallest distance between its stops', () => {
    const { bind } = slider('radius', { label: 'ε ', values: [2.5, 0, 1, 1.5], value: 0 }) as {
      bind: Record<string, number>;
    };
    assert.deepEqual([bind['min'], bind['max'], bind['step']], [0, 2.5, 0.5]);
  });

  it('goes to the nearest stop, the lower of two', () => {
    const nearest = (value: number) => {
      const view = new vega.View(
        vega.parse({
          signals: [
            { name: 'at', value },
            { name: 'stop', update: nearestOf('at', [0, 1, 2.5]) },
          ],
        }),
      );
      view.run();
      return view.signal('stop') as number;
    };
    assert.deepEqual([0, 0.5, 0.6, 1.7, 1.8, 9].map(nearest), [0, 0, 1, 1, 2.5, 2.5]);
    assert.equal(nearestOf('at', [7]), '7');
  });
});

describe('figure1', () => {
  it('shows the numbers of a method while it is singled out, which the menu does without a mouse', async () => {
    const rows = ['pgd', 'standard'].flatMap((method, i) =>
      [0, 0.8].map((level) => ({ method, seed: 0, level, accuracy: 0.612 - 0.1 * i - level / 8, n: 9 })),
    );
    const view = await run(figure1(rows, { provenance, published: false }));
    const numbers = async () => (await view.svg()).match(/>\d+\.\d(?=<)/g);
    assert.equal(await numbers(), null);
    await view.set('chosen_label', 'PGD ℓ2');
    assert.deepEqual(await numbers(), ['>61.2', '>51.2']);
    await view.set('chosen_label', null);
    assert.equal(await numbers(), null);
  });

  it('shows the interval beside the number of a method that is singled out', async () => {
    const rows = [0.58, 0.6, 0.62].map((accuracy, seed) => ({
      method: 'pgd',
      seed,
      level: 0,
      accuracy,
      n: 9,
    }));
    const view = await run(figure1(rows, { provenance, published: false }));
    await view.set('chosen_label', 'PGD ℓ2');
    // t of 2 degrees of freedom times the standard error: 4.303 · 2 / √3.
    assert.match(await view.svg(), />60\.0 ± 5\.0</);
  });
});

describe('figure3', () => {
  const grid = {
    images: flat(0.5),
    shape,
    names: ['cat', 'dog'],
    byRadius: [0, 1, 2].map((epsilon) => ({ epsilon, maps: maps(epsilon) })),
  };

  it('has a column for each radius, in rising order', async () => {
    const figure = figure3(grid, { provenance });
    assert.match(figure.altText, /beside the maps: Standard, ε = 1, ε = 2\./);
    assert.match(figure.caption, provenanceText);
    assert.equal((await (await run(figure)).pictures()).length, 2 * 4);
  });

  it('shows other maps when the slider moves, without a kernel, and names their radius', async () => {
    const view = await run(figure3Slider(grid, { provenance }));
    const last = await view.pictures();
    assert.equal(last.length, 4);
    assert.match(await view.svg(), />ε = 2</);
    await view.set('radius', 1);
    assert.match(await view.svg(), />ε = 1</);
    assert.notDeepEqual(await view.pictures(), last);
    await view.set('radius', 0);
    assert.match(await view.svg(), />Standard</);
  });

  it('names maps that do not fit', () => {
    assert.throws(
      () => figure3Slider({ ...grid, byRadius: [{ epsilon: 1, maps: new Float32Array(7) }] }, { provenance }),
      new ArgumentError('figure3Slider: maps at ε = 1 must hold 2 maps of 4×4, got 7 numbers'),
    );
  });
});

describe('attackPathFigure', () => {
  const path = {
    images: Float32Array.from({ length: 3 * size }, (_, i) => 0.5 + (Math.floor(i / size) * (i % 2)) / 10),
    shape,
    losses: [0.1, 0.9, 2],
    probabilities: [0.9, 0.1, 0.4, 0.6, 0.2, 0.8],
    distances: [0, 0.5, 1],
    label: 0,
    classes: ['cat', 'dog'],
    model: 'standard model',
    norm: 'l2' as const,
    epsilon: 1,
  };

  it('shows the last step at first, and any other when the slider moves', async () => {
    const view = await run(attackPathFigure(path, { provenance }));
    assert.match(await view.svg(), />step 2: called dog \(80 %\)<.*>loss 2\.00 nats/);
    assert.match(await view.svg(), /, ‖δ‖₂ = 1\.00</);
    const last = await view.pictures();
    assert.equal(last.length, 2);
    await view.set('step', 0);
    assert.match(await view.svg(), />step 0: called cat \(90 %\)<.*>loss 0\.10 nats/);
    assert.match(await view.svg(), /, ‖δ‖₂ = 0\.00</);
    assert.notDeepEqual(await view.pictures(), last);
  });

  it('has a tick for each of few steps, and none between them', async () => {
    const svg = await attackPathFigure(path, { provenance }).svg();
    const [axis = ''] = /aria-label="X-axis titled 'Attack step'.*?Attack step<\/text>/s.exec(svg) ?? [];
    assert.deepEqual(
      [...axis.matchAll(/>(\d+)</g)].map(([, step]) => step),
      ['0', '1', '2'],
    );
  });

  it('says what it shows to those who cannot see it', () => {
    const figure = attackPathFigure(path, { provenance });
    assert.match(
      figure.altText,
      /from 0\.10 to 2\.00 nats; the standard model calls the image cat at first and dog/,
    );
    assert.match(figure.caption, /black and white at ±0\.20\. ‖δ‖₂ ≤ ε = 1 in pixel units/);
    assert.match(figure.caption, provenanceText);
  });
});

describe('boundScatter', () => {
  const images = { images: flat(0.5), shape, names: ['cat', 'dog'] };
  const bound = (epsilon: number, attacked = [0.1, 9]) => ({
    epsilon,
    seed: 0,
    alignment: [0.5, 1],
    xi: [1, 0.2],
    linearised: [0.1, 0.1],
    attacked,
    maps: maps(epsilon),
  });

  it('shows the picked image and its maps at each radius', async () => {
    const view = await run(boundScatter(images, [bound(0), bound(2)], { provenance }));
    const first = await view.pictures();
    assert.equal(first.length, 3);
    assert.match(await view.svg(), />cat</);
    assert.match(await view.svg(), />map, ε = 2</);
    await view.set('picked_image', '1');
    assert.equal((await view.pictures()).length, 3);
    assert.match(await view.svg(), />dog</);
  });

  it('writes the numbers of the picked image below its maps, which tooltips tell the mouse alone', async () => {
    const view = await run(boundScatter(images, [bound(0)], { provenance }));
    await view.set('picked_image', '1');
    const svg = await view.svg();
    for (const text of ['image 1', 'alignment 1.00', 'ξ 0.200', 'attack 9.00'])
      assert.ok(svg.includes(`>${text}</`), text);
  });

  it('names the diagonals over the points, which would hide the names', async () => {
    const svg = await boundScatter(images, [bound(0)], { provenance }).svg();
    for (const name of ['ξ = alignment', 'distance = bound'])
      assert.ok(svg.indexOf(`>${name}<`) > svg.indexOf('aria-roledescription="point"'), name);
    assert.match(svg, /stroke="white"[^>]*>distance = bound</);
  });

  it('counts what lies above the diagonals, and what cannot be drawn', () => {
    const figure = boundScatter(images, [bound(1, [0.1, Infinity])], { provenance });
    assert.match(
      figure.altText,
      /ε = 1: ξ is larger than the alignment for 1 of 2 images, the attack goes farther than the bound for 1\./,
    );
    assert.match(figure.caption, /Points not drawn, with a distance of 0 or none found: 1\./);
    assert.throws(
      () => boundScatter(images, [], { provenance }),
      new ArgumentError('boundScatter: there must be 1 to 4 radii, got 0'),
    );
  });
});
