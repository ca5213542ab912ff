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
    [{ levels: [0, 60] }, 'profile: levels must be in [0, 1), got 60'],
    [{ seeds: [] }, 'profile: seeds must be a list of integers, got an empty list'],
    [{ train: 0 }, 'profile: train must be a positive number of images, got 0'],
  ] as const) {
    it(`refuses ${JSON.stringify(changes)}`, () => {
      assert.throws(() => profile('smoke', changes), new ArgumentError(message));
    });
  }

  it('names the options there are when one is misspelt', () => {
    // JavaScript cells are not type-checked.
    const misspelt = { epsilonn: 1 } as object;
    assert.throws(
      () => profile('smoke', misspelt),
      /there is no option 'epsilonn'; there are shrunk, dataset/,
    );
  });
});
