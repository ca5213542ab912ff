import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import '../../src/native/index.js';
import type { AttributionOptions } from '../../src/experiments/kinds/attribution.js';
import { alignmentResult } from '../../src/experiments/kinds/alignment.js';
import { boundaryResult } from '../../src/experiments/kinds/boundary.js';
import { exampleMaps } from '../../src/experiments/kinds/examples.js';
import { measurement } from '../../src/experiments/kinds/measure.js';
import { Laboratory } from '../../src/experiments/laboratory.js';
import { tiny } from '../fixtures/tinyProfile.js';
import { temporaryFolder } from '../fixtures/temporaryFolder.js';

const methods: readonly AttributionOptions[] = [
  { method: 'saliency' },
  { method: 'smoothGrad', samples: 2, sigma: 0.1 },
  { method: 'integratedGradients', steps: 2 },
  { method: 'deepLift' },
  { method: 'gradientShap', samples: 2, sigma: 0 },
  { method: 'occlusion', window: 16, stride: 16 },
  { method: 'explainer' },
];

describe('Laboratory', () => {
  const folder = temporaryFolder();
  before(() => (process.env.ROARBOOK_STORE = folder));
  after(() => delete process.env.ROARBOOK_STORE);

  it('computes every kind of task', async () => {
    const laboratory = new Laboratory(tiny());
    const recipe = await laboratory.recipe();
    const robust = recipe.model({ method: 'pgd', norm: 'linf', epsilon: 8 / 255, steps: 1 }, 0);
    const model = recipe.explainer(robust, 0);
    for (const attribution of methods) {
      const maps = await laboratory.read(
        recipe.examples(attribution, { model, count: 2, seed: 0 }),
        exampleMaps,
      );
      assert.equal(maps.length, 2 * 32 * 32 * 3, attribution.method);
      assert.ok(maps.every(Number.isFinite), attribution.method);
    }
    const ranks = recipe.ranks({ method: 'explainer' }, { model, seed: 0 });
    const { correct } = await laboratory.read(recipe.retrain(ranks, { level: 0.5, seed: 0 }), measurement);
    assert.equal(correct.length, 20);
    const { values } = await laboratory.read(recipe.alignment(robust, { signed: true }), alignmentResult);
    assert.ok(values.every((value) => value >= 0));
    const { distance, alignment, xi, minimal } = await laboratory.read(
      recipe.boundary(robust),
      boundaryResult,
    );
    assert.equal(minimal.length, 4);
    // The triangle inequality, up to rounding in float32.
    assert.ok(distance.every((rho, i) => rho <= ((alignment[i] ?? 0) + (xi[i] ?? 0)) * (1 + 1e-5)));
  });
});
