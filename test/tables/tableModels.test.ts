import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tableModels } from '../../src/tables/tableModels.js';

const provenance = { profile: 'smoke', dataset: 'generated shapes', seeds: [0], device: 'CPU' };

describe('tableModels', () => {
  it('has one line for each model and seed, and names the attack', () => {
    const rows = [
      { method: 'standard', seed: 0, clean: 0.9, robust: 0.1, strong: 0.05 },
      { method: 'standard', seed: 1, clean: 0.8, robust: 0, strong: 0 },
      { method: 'pgd', seed: 0, clean: 0.7, robust: 0.5, strong: 0.45 },
    ];
    const attacks = { attack: 'PGD-ℓ2, ε = 1.5, 20 steps', strongAttack: 'auto-PGD' };
    const lines = tableModels(rows, { provenance, ...attacks })
      .toText()
      .split('\n');
    assert.match(lines[3] ?? '', /^Standard +0 +90\.00 +10\.00 +5\.00$/);
    assert.match(lines[4] ?? '', /^Standard +1 +80\.00 +0\.00 +0\.00$/);
    assert.match(lines[5] ?? '', /^PGD ℓ2 +0 +70\.00 +50\.00 +45\.00$/);
    assert.match(
      lines.at(-1) ?? '',
      /^Under PGD: PGD-ℓ2, ε = 1\.5, 20 steps\. Under the strong attack: auto-PGD;.* Profile smoke\./,
    );
  });
});
