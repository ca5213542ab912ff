import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { profile } from '../../src/experiments/profiles.js';

describe('profile', () => {
  it('changes what is asked for and says so in captions', () => {
    const changed = profile('smoke', { seeds: 2, attack: { epsilon: 3, steps: 3 } });
    assert.deepEqual(changed.seeds, [0, 1]);
    assert.equal(changed.attack.epsilon, 3);
    assert.ok(changed.shrunk.endsWith('; attack: {"epsilon":3,"steps":3}; seeds: [0,1]'));
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
      'profile: attack must be {epsilon ≥ 0, steps: a positive integer}, got {"epsilon":1,"steps":0}',
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
    assert.throws(() => profile('quick', mnist), /dataset must be 'cifar10' or 'shapes', got "mnist"/);
  });

  it('does not call a changed paper profile unshrunk', () => {
    assert.equal(profile('paper', { seeds: 1 }).shrunk, 'seeds: [0]');
  });

  it('names the options there are when one is misspelt', () => {
    // JavaScript cells are not type-checked.
    const misspelt = { epsilonn: 1 } as object;
    assert.throws(
      () => profile('smoke', misspelt),
      /there is no option 'epsilonn'; there are shrunk, dataset/,
    );
  });
});
