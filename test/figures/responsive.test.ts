import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displaySymbol } from '../../src/display/format.js';
import { attackPathFigure } from '../../src/figures/attackPathFigure.js';
import { boundScatter } from '../../src/figures/boundScatter.js';
import { Figure } from '../../src/figures/figure.js';
import type { Spec } from '../../src/figures/figure.js';
import { figure1 } from '../../src/figures/figure1.js';
import { figure3Slider } from '../../src/figures/figure3.js';
import { figure4 } from '../../src/figures/figure4.js';
import { heatMap } from '../../src/figures/heatMap.js';
import { mapGrid } from '../../src/figures/mapGrid.js';
import { renderSvg, vegaSpec } from '../../src/figures/render.js';
import { narrow } from '../../src/figures/responsive.js';
import { drawnFor } from '../../src/figures/room.js';
import { sanityFigure } from '../../src/figures/sanityFigure.js';
import { provenance } from '../fixtures/provenance.js';

const size = 4 * 4 * 3;
const shape = [4, 4, 3] as const;
const names = Array.from({ length: 8 }, (_, i) => `automobile ${i}`);
const flat = (count: number) => new Float32Array(count * size).fill(0.5);
const images = { images: flat(8), shape, names };
const levels = [0, 0.2, 0.4, 0.6, 0.8];

/** Eight images and their maps by so many methods, 'm1', 'm2', … */
const grid = (methods: number, rows: 'images' | 'methods' = 'images') =>
  mapGrid(
    {
      ...images,
      maps: Object.fromEntries(Array.from({ length: methods }, (_, i) => [`m${i + 1}`, flat(8)])),
    },
    { title: 'Maps', rows },
  );

const figures: Readonly<Record<string, Figure>> = {
  figure1: figure1(
    ['standard', 'jacobian', 'random'].flatMap((method) =>
      levels.map((level) => ({ method, seed: 0, level, accuracy: 0.7 - level / 2, n: 100 })),
    ),
    { provenance },
  ),
  grid: grid(10),
  methods: grid(4, 'methods'),
  figure3Slider: figure3Slider(
    { ...images, byRadius: [0, 1].map((epsilon) => ({ epsilon, maps: flat(8) })) },
    { provenance },
  ),
  figure4: figure4(
    (['absolute', 'signed'] as const).flatMap((reading) =>
      [0, 1].map((epsilon) => ({ epsilon, seed: 0, reading, values: Float32Array.of(1, 3) })),
    ),
    { provenance },
  ),
  heatMap: heatMap(
    levels.map((level) => ({ setting: { norm: 'l2', epsilon: 1, t: 20 }, seed: 0, level, accuracy: 0.5 })),
    { provenance },
  ),
  sanityFigure: sanityFigure(
    ['integratedGradients', 'gradCam'].map((method) => ({ method, spearmanAbsolute: [0.5], ssim: [0.25] })),
    { provenance },
  ),
  boundScatter: boundScatter(
    images,
    [0, 1, 2, 4].map((epsilon) => ({
      ...{ epsilon, seed: 0, linearised: [], maps: flat(8) },
      ...{
        alignment: names.map((_, i) => i + 1),
        xi: names.map((_, i) => i + 2),
        attacked: names.map((_, i) => i + 3),
      },
    })),
    { provenance },
  ),
  attackPath: attackPathFigure(
    {
      ...{ images: flat(3), shape, losses: [0.1, 1, 2], probabilities: [1, 0, 1, 0, 0, 1] },
      ...{ distances: [0, 0.5, 1], label: 0, classes: ['cat', 'dog'], model: 'standard model' },
      ...{ norm: 'l2', epsilon: 1 },
    },
    { provenance },
  ),
};

async function shownBy(figure: Figure): Promise<Spec> {
  const bundle = await figure[displaySymbol]();
  return bundle['application/vnd.vegalite.v5+json'] as Spec;
}

/** What a viewer shows in a room of so many pixels; without a heading, whose lines only a viewer breaks. */
function inRoom(shown: Spec, value: number): Promise<string> {
  const config = { ...(shown['config'] as object), params: [{ name: 'room', value }] };
  return renderSvg({ ...shown, config, title: undefined, usermeta: undefined });
}

const widthOf = (svg: string) => Number(/ width="([\d.]+)"/.exec(svg)?.[1]);
const pictures = (svg: string) => [...svg.matchAll(/<image /g)].length;
/** vega-embed's menu. */
const menu = 38;
/** Pixels to which `grid(4)` wraps its heading: five columns and the names. */
const gridWidth = 5 * 90 + 60;

describe('responsive', () => {
  for (const [name, figure] of Object.entries(figures))
    it(`draws ${name} no wider than the room, and as it is where there is enough`, async () => {
      const shown = await shownBy(figure);
      for (const room of [345, 600, 900]) {
        const width = widthOf(await inRoom(shown, room));
        assert.ok(width > 200 && width <= room - menu, `${width} in ${room}`);
      }
      const still = widthOf(await renderSvg({ ...figure.spec, title: undefined }));
      const wide = widthOf(await inRoom(shown, 10_000));
      // An empty place for the heads of the blocks of pictures.
      assert.ok(Math.abs(wide - still) <= 25, `${wide} for ${still}`);
    });

  it('stands panels below each other, each with the names of its rows', async () => {
    const shown = await shownBy(figures['sanityFigure'] ?? grid(1));
    const labels = async (room: number) => (await inRoom(shown, room)).match(/>Grad-CAM<\/text>/g)?.length;
    assert.deepEqual([await labels(10_000), await labels(345)], [1, 2]);
  });

  it('draws one legend for both panels of a heat map, side by side or not', async () => {
    const shown = await shownBy(figures['heatMap'] ?? grid(1));
    for (const room of [345, 10_000])
      assert.equal((await inRoom(shown, room)).match(/>From the mean</g)?.length, 1, String(room));
  });

  it('cuts a grid of many columns into blocks, each with the images', async () => {
    const shown = await shownBy(grid(10));
    assert.equal(pictures(await inRoom(shown, 10_000)), 8 * 11);
    // 345 − 58 − the names' 100 pixels hold three columns of 56: five blocks of two maps.
    assert.equal(pictures(await inRoom(shown, 345)), 8 * (10 + 5));
  });

  it('breaks long heads of columns in a narrow room alone', async () => {
    const heads = ['GradientSHAP', 'SmoothGrad', 'ε = 0.25'];
    const maps = Object.fromEntries(heads.map((head) => [head, flat(8)]));
    const shown = await shownBy(mapGrid({ ...images, maps }, { title: 'Maps', label: (head) => head }));
    const isThere = async (room: number, text: string) => (await inRoom(shown, room)).includes(`>${text}<`);
    for (const head of heads) assert.ok(await isThere(10_000, head), head);
    for (const line of ['Gradient', 'SHAP', 'Smooth', 'Grad', 'ε = 0.25'])
      assert.ok(await isThere(300, line), line);
  });

  it('keeps every picture of a long row of images, and its slider', async () => {
    const shown = await shownBy(figures['figure3Slider'] ?? grid(1));
    const svg = await inRoom(shown, 345);
    assert.equal(pictures(svg), 2 * 8);
    assert.ok(names.every((name) => svg.includes(`>${name}<`)));
    assert.equal((shown['params'] as { bind?: unknown }[]).filter(({ bind }) => bind).length, 1);
  });

  it('leaves a plot its width where a brush or a clip needs it, and a user’s configuration', async () => {
    const x = { field: 'x', type: 'quantitative' };
    const plot = { width: 400, data: { values: [{ x: 1 }] }, mark: 'point', encoding: { x } };
    const brushed = { ...plot, params: [{ name: 'brush', select: 'interval' }] };
    const clipped = { ...plot, mark: { type: 'point', clip: true } };
    for (const spec of [brushed, clipped]) {
      const shown = await shownBy(new Figure(spec));
      assert.deepEqual([shown['width'], shown['encoding']], [400, { x }]);
    }
    const config = { params: [{ name: 'mine', value: 1 }] };
    const shown = await shownBy(new Figure({ ...plot, config }));
    assert.notEqual(shown['width'], 400);
    assert.deepEqual(
      (shown['config'] as typeof config).params.map(({ name }) => name),
      ['mine', 'room'],
    );
  });

  it('shows an edited specification as it is', async () => {
    const edited = new Figure({ ...figures['figure4']?.spec, title: 'Mine' });
    assert.equal(await shownBy(edited), edited.spec);
  });

  it('leaves the specification itself without a viewer’s room', () => {
    for (const { spec } of Object.values(figures))
      assert.doesNotMatch(JSON.stringify(spec), /\broom\b|isWide/);
  });
});

describe('narrow', () => {
  it('fits a phone, and leaves what is small as it is', async () => {
    const slim = narrow({ ...figures['grid']?.spec, title: undefined });
    assert.ok(widthOf(await renderSvg(slim)) <= 360);
    const small: Spec = { data: { values: [] }, mark: 'point', encoding: {} };
    assert.equal(narrow(small), small);
  });
});

describe('followsRoom', () => {
  interface Drawn {
    signals: { name: string; init?: string; on?: { update: string }[] }[];
    title: { text: { signal: string }; subtitle: { signal: string } };
  }

  it('measures what is around the drawing, and breaks title and caption for it', async () => {
    const shown = await shownBy(grid(4));
    const { signals, title } = drawnFor({ ...vegaSpec(shown) }) as unknown as Drawn;
    const [room, ...others] = signals.filter(({ name }) => name === 'room');
    assert.deepEqual(others, []);
    assert.match(room?.on?.[0]?.update ?? '', /parentNode\.parentNode\.clientWidth : room$/);
    const lines = /^room >= \d+ \? (\[.*?\]) : .* : (\[.*?\])$/.exec(title.subtitle.signal)?.slice(1) ?? [];
    const [wide, slim] = lines.map((list) => JSON.parse(list) as string[]);
    assert.ok(wide && slim && slim.length > wide.length);
    assert.equal(wide.join(' '), slim.join(' '));
    // Chromium draws a line of 580 pixels 589 wide.
    const [, limit] = /^room >= (\d+)/.exec(title.text.signal) ?? [];
    assert.ok(Number(limit) >= gridWidth * 1.02 + menu + 20, limit);
  });

  it('finds what it patches in the drawing, so that no viewer stumbles over it', async () => {
    for (const figure of Object.values(figures)) {
      const shown = await shownBy(figure);
      const drawing = vegaSpec(shown) as unknown as Record<string, unknown>;
      const { embedOptions } = shown['usermeta'] as {
        embedOptions: { patch: { op: string; path: string }[] };
      };
      for (const { op, path } of embedOptions.patch)
        assert.ok(op === 'add' && (path.split('/')[1] ?? '') in drawing, path);
    }
  });
});
