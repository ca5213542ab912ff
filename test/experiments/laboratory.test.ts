import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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

  it('starts a training over whose checkpoint is damaged, and says so', async (context) => {
    const warn = context.mock.method(console, 'warn', () => {});
    const laboratory = new Laboratory(tiny());
    const [store, recipe] = [await laboratory.store(), await laboratory.recipe()];
    const model = recipe.model({ method: 'standard' }, 5);
    const checkpoint = path.join(folder, 'checkpoints', store.key(model));
    mkdirSync(checkpoint, { recursive: true });
    writeFileSync(path.join(checkpoint, 'training'), 'no tensors');
    assert.equal((await store.result(model)).cached, false);
    assert.match(
      String(warn.mock.calls[0]?.arguments[0]),
      /^standard model, seed 5: its checkpoint was changed/,
    );
  });

  it('explains and evaluates in float32 unless asked, and then only these tasks are others', async () => {
    const recipes = await Promise.all(
      [
        tiny({ precision: 'bfloat16' }),
        tiny({ precision: 'bfloat16', attributionPrecision: 'tf32' }),
        tiny({ precision: 'bfloat16', evaluationPrecision: 'tf32' }),
      ].map((profile) => new Laboratory(profile).recipe()),
    );
    const asked = recipes.map((recipe) => {
      const model = recipe.model({ method: 'standard' }, 0);
      const ranks = recipe.ranks({ method: 'saliency' }, { model, seed: 0 });
      return [model, ranks, recipe.accuracy(model), recipe.alignment(model, { signed: true })].map(
        ({ options }) => options['precision'] ?? null,
      );
    });
    assert.deepEqual(asked, [
      ['bfloat16', null, null, null],
      ['bfloat16', 'tf32', null, 'tf32'],
      ['bfloat16', null, 'tf32', null],
    ]);
  });
});
