import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as vega from 'vega';
import type { Figure } from '../../src/figures/figure.js';
import { figure1 } from '../../src/figures/figure1.js';
import { figure4 } from '../../src/figures/figure4.js';
import { heatMap } from '../../src/figures/heatMap.js';
import { vegaSpec } from '../../src/figures/render.js';
import { sanityFigure } from '../../src/figures/sanityFigure.js';
import { provenance } from '../fixtures/provenance.js';

const curve = (seeds: readonly number[]) =>
  seeds.map((accuracy, seed) => ({ method: 'pgd', seed, level: 0.8, accuracy, n: 100 }));

const figures = {
  figure1: figure1(curve([0.29, 0.31]), { provenance, published: false }),
  figure4: figure4(
    [0, 1].map((epsilon) => ({ epsilon, seed: 0, reading: 'signed', values: Float32Array.of(1, 3) })),
    { provenance },
  ),
  heatMap: heatMap(
    [0.4, 0.5].map((accuracy, i) => ({
      setting: { norm: 'l2', epsilon: i + 1, t: 20 },
      seed: 0,
      level: 0.8,
      accuracy,
    })),
    { provenance },
  ),
  sanityFigure: sanityFigure([{ method: 'gradCam', spearmanAbsolute: [0.25, 0.75], ssim: [0.5, 0.5] }], {
    provenance,
  }),
};

interface Menu {
  readonly name: string;
  readonly bind: { readonly options: readonly (string | null)[]; readonly labels: readonly string[] };
}

function menuOf(figure: Figure): Menu {
  const [menu] = figure.spec['params'] as Menu[];
  assert.ok(menu);
  return menu;
}

/** The figure's drawing with an entry of its menu chosen. */
async function drawn(figure: Figure, entry: string | null): Promise<string> {
  const view = new vega.View(vega.parse(vegaSpec(figure.spec)), { renderer: 'none', logLevel: vega.Error });
  await view.signal('listed', entry).runAsync();
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** How many marks are drawn as dark rings around nothing. */
async function rings(figure: Figure, entry: string | null): Promise<number> {
  const svg = await drawn(figure, entry);
  return [...svg.matchAll(/stroke="#1a1a1a" stroke-width="2"/g)].length;
}

describe('pointMenu', () => {
  it('says the values of every point as they are, with their units', () => {
    // Means of 1 and 3 ± 1.96 · √2 / √2, of 0.25 and 0.75 ± 1.96 · 0.25.
    assert.deepEqual(menuOf(figures.figure4).bind.options, [
      null,
      '∇Ψ, ε = 0: 2.000 ± 1.960',
      '∇Ψ, ε = 1: 2.000 ± 1.960',
    ]);
    assert.deepEqual(menuOf(figures.heatMap).bind.labels, [
      '–',
      'ℓ2, ε = 1, t = 20, 80 %: 40.00 %, −5.00',
      'ℓ2, ε = 2, t = 20, 80 %: 50.00 %, +5.00',
      'Published, ℓ2, ε = 1, t = 20, 80 %: 66.43 %, +0.70',
      'Published, ℓ2, ε = 2, t = 20, 80 %: 65.03 %, −0.70',
    ]);
    assert.deepEqual(menuOf(figures.sanityFigure).bind.options.slice(1), [
      'Grad-CAM, Spearman: 0.50 ± 0.49',
      'Grad-CAM, SSIM: 0.50 ± 0.00',
    ]);
  });

  it('says the value of each seed behind a mean, and of no single one twice', () => {
    assert.deepEqual(menuOf(figures.figure1).bind.options.slice(1), [
      'PGD ℓ2, 80 %: 30.0 %',
      'PGD ℓ2, 80 %, seed 0: 29.0 %',
      'PGD ℓ2, 80 %, seed 1: 31.0 %',
    ]);
    const banded = figure1(curve([0.3, 0.31, 0.32]), { provenance });
    assert.deepEqual(menuOf(banded).bind.options.slice(1, 3), [
      // t = 4.3027, half 2.4842.
      'PGD ℓ2, 80 %: 31.0 ± 2.5 %',
      'PGD ℓ2, 80 %, seed 0: 30.0 %',
    ]);
    assert.ok(menuOf(banded).bind.options.includes('Published, PGD ℓ2, 80 %: 68.1 %'));
    assert.deepEqual(menuOf(figure1(curve([0.3]), { provenance, published: false })).bind.options.slice(1), [
      'PGD ℓ2, 80 %: 30.0 %',
    ]);
    const setting = { norm: 'l2', epsilon: 1, t: 20 } as const;
    const cells = [0.4, 0.42].map((accuracy, seed) => ({ setting, seed, level: 0.8, accuracy }));
    assert.deepEqual(menuOf(heatMap(cells, { provenance })).bind.options.slice(1, 4), [
      'ℓ2, ε = 1, t = 20, 80 %: 41.00 %, +0.00',
      'ℓ2, ε = 1, t = 20, 80 %, seed 0: 40.00 %',
      'ℓ2, ε = 1, t = 20, 80 %, seed 1: 42.00 %',
    ]);
    const alignments = [2, 4].map((mean, seed) => ({
      ...{ epsilon: 1, seed, reading: 'signed' as const },
      values: Float32Array.of(mean),
    }));
    assert.deepEqual(menuOf(figure4(alignments, { provenance })).bind.options.slice(2), [
      '∇Ψ, ε = 1, seed 0: 2.000',
      '∇Ψ, ε = 1, seed 1: 4.000',
    ]);
  });

  for (const [name, figure] of Object.entries(figures))
    it(`rings the chosen point of ${name} alone, and none at first`, async () => {
      const [none, ...entries] = menuOf(figure).bind.options;
      assert.equal(await rings(figure, none ?? null), 0);
      for (const entry of entries) assert.equal(await rings(figure, entry), 1, entry ?? '');
      // To a screen reader a ring that is not there would be a picture without a name.
      const symbols = (await drawn(figure, null)).match(/<g [^>]*role="graphics-symbol"[^>]*>/g) ?? [];
      assert.deepEqual(
        symbols.filter((symbol) => !symbol.includes('aria-label=')),
        [],
      );
    });
});
