import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as vega from 'vega';
import type { Figure } from '../../src/figures/figure.js';
import { figure4 } from '../../src/figures/figure4.js';
import { heatMap } from '../../src/figures/heatMap.js';
import { vegaSpec } from '../../src/figures/render.js';
import { sanityFigure } from '../../src/figures/sanityFigure.js';
import { provenance } from '../fixtures/provenance.js';

const figures = {
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

/** How many marks are drawn as dark rings around nothing. */
async function rings(figure: Figure, entry: string | null): Promise<number> {
  const view = new vega.View(vega.parse(vegaSpec(figure.spec)), { renderer: 'none', logLevel: vega.Error });
  await view.signal('listed', entry).runAsync();
  const svg = await view.toSVG();
  view.finalize();
  return [...svg.matchAll(/stroke="#1a1a1a" stroke-width="2"/g)].length;
}

describe('pointMenu', () => {
  it('says the values of every point as they are, with their units', () => {
    // Means of 1 and 3 ± 1.96 · √2 / √2, of 0.25 and 0.75 ± 1.96 · 0.25.
    assert.deepEqual(menuOf(figures.figure4).bind.options, [
      null,
      '∇Ψ, ε = 0: 2.000, 95 % interval 0.040 to 3.960',
      '∇Ψ, ε = 1: 2.000, 95 % interval 0.040 to 3.960',
    ]);
    assert.deepEqual(menuOf(figures.heatMap).bind.labels, [
      '–',
      'This run, ℓ2, ε = 1, t = 20, 80 % removed: 40.00 %, 5.00 points below the mean',
      'This run, ℓ2, ε = 2, t = 20, 80 % removed: 50.00 %, 5.00 points above the mean',
      'Published, ℓ2, ε = 1, t = 20, 80 % removed: 66.43 %, 0.70 points above the mean',
      'Published, ℓ2, ε = 2, t = 20, 80 % removed: 65.03 %, 0.70 points below the mean',
    ]);
    assert.deepEqual(menuOf(figures.sanityFigure).bind.options.slice(1), [
      'Grad-CAM, rank correlation of |map|: 0.500, 95 % interval 0.010 to 0.990',
      'Grad-CAM, structural similarity: 0.500, 95 % interval 0.500 to 0.500',
    ]);
  });

  for (const [name, figure] of Object.entries(figures))
    it(`rings the chosen point of ${name} alone, and none at first`, async () => {
      const [none, ...entries] = menuOf(figure).bind.options;
      assert.equal(await rings(figure, none ?? null), 0);
      for (const entry of entries) assert.equal(await rings(figure, entry), 1, entry ?? '');
    });
});
