import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { publishedSetting, publishedTable1 } from '../../src/tables/publishedSupplement.js';
import { settingId, settingName } from '../../src/tables/settings.js';
import { table1 } from '../../src/tables/table1.js';
import { provenance, provenanceText } from '../fixtures/provenance.js';

const setting = { norm: 'linf', epsilon: 8 / 255, t: 20 } as const;
const row = (accuracy: number, seed = 0, level = 0.8) => ({ setting, seed, level, accuracy });
const model = { setting, seed: 0, steps: 3, clean: 0.5, robust: 0.25 };
const make = (rows: ReturnType<typeof row>[], models = [model]) =>
  table1({ models, rows }, { provenance, attack: '20 steps' });

describe('table1', () => {
  it('shows in each cell our accuracy and the published one, none for level 0', () => {
    const table = make([row(0.9, 0, 0), row(0.4)]);
    assert.deepEqual(
      table.toText().split('\n').slice(1, 4),
      [
        'Trained with  ε       t  Steps run  Accuracy (%)  Robust (%)   80 % removed',
        '────────────  ─────  ──  ─────────  ────────────  ──────────  ─────────────',
        'PGD ℓ∞        8/255  20          3          50.0        25.0  40.00 (66.25)',
      ].map((line) => line.trimEnd()),
    );
    assert.match(table.caption, provenanceText);
  });

  it('shows the spread over seeds: the range of two, the t-interval of three', () => {
    assert.match(make([row(0.4), row(0.42, 1)]).toText(), /41\.00 \(40\.00–42\.00\) \(66\.25\)/);
    // s = 1 point, t(2)/√3 = 2.484.
    assert.match(make([row(0.4), row(0.41, 1), row(0.42, 2)]).toText(), /41\.00 ± 2\.48 \(66\.25\)/);
  });

  it('leaves out the steps where the paper’s were run', () => {
    assert.doesNotMatch(make([row(0.4)], [{ ...model, steps: 20 }]).toText(), /Steps run/);
  });

  it('names the remedy when there is nothing to show', () => {
    assert.throws(
      () => make([]),
      new ArgumentError('table1: there must be measurements, got none; run roar first'),
    );
  });
});

describe('the published Table 1', () => {
  it('has 14 rows of four falling accuracies, and the main paper’s Robust Attribution as row (1.5, 20)', () => {
    assert.equal(publishedTable1.length, 14);
    assert.equal(new Set(publishedTable1.map(settingId)).size, 14);
    for (const { accuracies } of publishedTable1)
      for (let i = 1; i < 4; i++)
        assert.ok((accuracies[i]?.accuracy ?? 1) < (accuracies[i - 1]?.accuracy ?? 0));
    const id = settingId({ norm: 'l2', epsilon: 1.5, t: 20 });
    assert.deepEqual(
      [0.2, 0.4, 0.6, 0.8].map((level) => publishedSetting(id, level)),
      [0.884, 0.8145, 0.745, 0.6374],
    );
    assert.equal(publishedSetting(id, 0.5), undefined);
  });

  it('names its settings as the paper does', () => {
    assert.equal(settingName(setting), 'ℓ∞, ε = 8/255, t = 20');
    assert.equal(settingName({ norm: 'l2', epsilon: 2.5, t: 40 }), 'ℓ2, ε = 2.5, t = 40');
    assert.equal(settingName({ norm: 'linf', epsilon: 0.05, t: 7 }), 'ℓ∞, ε = 0.05, t = 7');
    assert.equal(settingId(setting), 'pgd-linf-0.03137-20');
  });
});
