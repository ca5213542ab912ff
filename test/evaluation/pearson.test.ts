import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pearson } from '../../src/evaluation/pearson.js';

describe('pearson', () => {
  it('is 1 on a line, 0 across and for a constant', () => {
    assert.equal(pearson([1, 2, 3], [2, 4, 6]), 1);
    assert.equal(pearson([1, 2, 3], [1, 0, 1]), 0);
    assert.equal(pearson([1, 2, 3], [1, 1, 1]), 0);
  });
});
