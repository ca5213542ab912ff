import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { profile, profileNames } from '../../src/experiments/profiles.js';

describe('profile', () => {
  it('changes what is asked for and says so in captions', () => {
    const changed = profile('smoke', { seeds: 2, attack: { epsilon: 3 } });
    assert.deepEqual(changed.seeds, [0, 1]);
    assert.deepEqual(changed.attack, { epsilon: 3, steps: 3 });
    assert.match(changed.shrunk, /, PGD radius ε = 3, 3 attack steps, .*, 2 seeds$/);
  });

  it('leaves out what is undefined or as it was', () => {
    assert.deepEqual(profile('quick', { seeds: undefined, dataset: 'cifar10' }), profile('quick'));
  });

  for (const [changes, message] of [
    [{ levels: [0, 60] }, 'profile: levels must be a list of shares in [0, 1), one above 0, got [0,60]'],
    [{ seeds: [] }, 'profile: seeds must be a list of different integers, got []'],
    [{ seeds: 2.5 }, 'profile: seeds must be a count from 1 to 1000 or a list, got 2.5'],
    [{ lambda: NaN }, 'profile: lambda must be a number ≥ 0, got NaN'],
    [{ temperature: 0 }, 'profile: temperature must be a number > 0, got 0'],
    [
      { attack: { epsilon: 1, steps: 0 } },
      'profile: attack must be {epsilon > 0, steps: a positive integer}, got {"epsilon":1,"steps":0}',
    ],
    [
      { attack: { epsilon: 0 } },
      'profile: attack must be {epsilon > 0, steps: a positive integer}, got {"epsilon":0,"steps":3}',
    ],
    [{ training: { epochs: 0 } }, 'profile: training.epochs must be a positive integer, got 0'],
    [
      { rows: [{ norm: 'l2', epsilon: 0, steps: 3, published: 20 }] },
      `profile: rows must be a list of {norm: 'l2' or 'linf', epsilon > 0, steps, published}, got [{"norm":"l2","epsilon":0,"steps":3,"published":20}]`,
    ],
    [{ train: 0 }, 'profile: train must be a positive number of images, got 0'],
  ] as const) {
    it(`refuses ${JSON.stringify(changes)}`, () => {
      assert.throws(() => profile('smoke', changes), new ArgumentError(message));
    });
  }

  it('never takes one data set for another', () => {
    // JavaScript cells are not type-checked.
    const mnist = { dataset: 'mnist' } as object;
    assert.throws(() => profile('quick', mnist), /dataset must be 'cifar10' or 'shapes' .*, got "mnist"/);
  });

  it('does not call a changed paper profile unshrunk', () => {
    assert.equal(profile('paper', { seeds: 1 }).shrunk, 'one seed');
  });

  it('names the options there are when one is misspelt', () => {
    // JavaScript cells are not type-checked.
    const misspelt = { epsilonn: 1 } as object;
    assert.throws(
      () => profile('smoke', misspelt),
      /there is no option 'epsilonn' \(did you mean 'epsilons'\?\); there are dataset, train/,
    );
    const inGroup = { training: { epoch: 1 } } as object;
    assert.throws(
      () => profile('smoke', inGroup),
      /there is no option 'epoch' in training \(did you mean 'epochs'\?\); there are epochs, batchSize/,
    );
    const unlike = { xyzzy: 1 } as object;
    assert.throws(() => profile('smoke', unlike), /there is no option 'xyzzy'; there are/);
  });

  it('holds the 14 published rows from the grid profile on', () => {
    for (const name of ['grid', 'paper'] as const) {
      const { rows } = profile(name);
      assert.equal(
        new Set(rows.map(({ norm, epsilon, published }) => [norm, epsilon, published].join())).size,
        14,
      );
      assert.ok(rows.every(({ steps, published }) => steps === published));
    }
  });

  for (const name of profileNames) {
    it(`passes its own checks: ${name}`, () => {
      assert.equal(profile(name).name, name);
    });
  }
});
