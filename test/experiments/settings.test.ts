import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profile } from '../../src/experiments/profiles.js';
import { shrunkExplainer } from '../../src/experiments/settings.js';

describe('shrunkExplainer', () => {
  const provenance = { profile: 'own', dataset: 'shapes', seeds: [0], device: 'CPU' };

  it('adds what the profile takes less of than the paper', () => {
    const small = profile('smoke', { explainer: { lambda: 0.05, filters: [8, 4] } });
    assert.equal(
      shrunkExplainer({ ...provenance, shrunk: '6 epochs' }, small).shrunk,
      '6 epochs, explainer λ = 0.05, explainer of 8-4 filters',
    );
  });

  it('adds nothing at the published scale', () => {
    const published = { ...provenance, shrunk: 'nothing' };
    assert.deepEqual(shrunkExplainer(published, profile('paper')), published);
  });
});
