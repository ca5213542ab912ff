import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profile } from '../../src/experiments/profiles.js';
import { shrunkOf } from '../../src/experiments/shrunk.js';

describe('shrunkOf', () => {
  it('says in words what a profile takes less of than the paper', () => {
    assert.equal(profile('grid').shrunk, '15 epochs, a one-cycle schedule, bfloat16, one seed');
    assert.equal(profile('paper').shrunk, 'nothing');
    assert.equal(
      profile('hour').shrunk,
      'ResNet-18 of width 32, 10 epochs, a one-cycle schedule, bfloat16, 10 attack steps, 4 rows of Table 1, not 14, one seed',
    );
  });

  it('says a changed option in place of what it was, and each once', () => {
    const changed = profile('quick', {
      training: { epochs: 3, learningRate: 0.05 },
      attack: { epsilon: 3 },
      explainer: { lambda: 0.05, filters: [8, 4] },
      levels: [0, 0.25],
      seeds: 3,
    });
    const said = shrunkOf(changed, ['training', 'attack', 'rows', 'explainer', 'levels', 'seeds']);
    assert.equal(
      said,
      '3 epochs, a one-cycle schedule, learning rate 0.05, PGD radius ε = 3, 3 attack steps, 5 rows of Table 1, not 14, ' +
        'explainer λ = 0.05, explainer of 8-4 filters, removal of 25 %, 3 seeds',
    );
    assert.doesNotMatch(changed.shrunk, /[{}"]/);
    const [row] = changed.rows;
    const other = profile('quick', { rows: row ? [{ ...row, steps: 7 }] : [] });
    assert.equal(
      shrunkOf(other, ['attack', 'rows']),
      '3 attack steps, 7 attack steps in Table 1, 1 row of Table 1, not 14',
    );
  });

  it('names only the options that are asked for', () => {
    assert.equal(shrunkOf(profile('quick'), ['levels']), 'removal of 60, 80 %');
    assert.equal(shrunkOf(profile('quick'), ['temperature']), 'nothing');
  });
});
