import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { tableModels } from '../../src/tables/tableModels.js';

const provenance = { profile: 'smoke', dataset: 'generated shapes', seeds: [0], device: 'CPU' };
const options = { provenance, attack: 'PGD-ℓ2, ε = 1.5, 20 steps' };

describe('tableModels', () => {
  it('averages over seeds, one line for each model', () => {
    const rows = [
      { method: 'standard', seed: 0, clean: 0.9, robust: 0.1 },
      { method: 'standard', seed: 1, clean: 0.8, robust: 0 },
      { method: 'pgd', seed: 0, clean: 0.7, robust: 0.5 },
    ];
    const lines = tableModels(rows, options).text().split('\n');
    assert.match(lines[3] ?? '', /^Standard +85\.00 +5\.00 +2$/);
    assert.match(lines[4] ?? '', /^PGD ℓ2 +70\.00 +50\.00 +1$/);
    assert.match(
      lines.at(-1) ?? '',
      /^Robust: under PGD-ℓ2, ε = 1\.5, 20 steps\. Profile smoke\. Data: generated/,
    );
  });

  it('shows intervals from three seeds on', () => {
    const rows = [0, 1, 2].map((seed) => ({ method: 'pgd', seed, clean: 0.7 + seed / 100, robust: 0.5 }));
    // s = 1 point, t(2)/√3 = 2.484; the robust accuracies do not differ.
    assert.match(tableModels(rows, options).text(), /PGD ℓ2 +71\.00 +2\.48 +50\.00 +0\.00 +3/);
  });

  it('names the remedy when there is nothing to show', () => {
    assert.throws(
      () => tableModels([], options),
      new ArgumentError('tableModels: there must be models, got none; train one first'),
    );
  });
});
