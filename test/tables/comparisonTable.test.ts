import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/errors.js';
import { seeded } from '../../src/random.js';
import { comparisonTable } from '../../src/tables/comparisonTable.js';

const options = () => ({ random: seeded(0) });

describe('comparisonTable', () => {
  it('shows accuracies in percent, differences in points, and says which are resolved', () => {
    const results = {
      edges: { correct: [1, 1, 1, 1] },
      // Every image differs by 1: the bootstrap has no spread.
      worse: { correct: [0, 0, 0, 0] },
      // One of four images: the interval is that of Binomial(4, 1/4)/4, from 0 on.
      close: { correct: [1, 1, 1, 0] },
    };
    const { data, columns, caption } = comparisonTable(results, { ...options(), best: 'lowest' });
    assert.deepEqual(data.objects(), [
      { result: 'edges', mean: 100, difference: null, low: null, high: null, verdict: 'reference' },
      { result: 'worse', mean: 0, difference: -100, low: -100, high: -100, verdict: 'lower' },
      { result: 'close', mean: 75, difference: -25, low: -75, high: 0, verdict: 'not resolved' },
    ]);
    assert.equal(columns[2]?.title, 'Minus edges (points)');
    assert.match(
      caption,
      /over 4 test images of one seed; the spread from training to training is not in them\./,
    );
  });

  it('leaves other measurements as they are', () => {
    const results = { a: { values: [2, 4] }, b: { values: [1, 3] } };
    const { data, columns } = comparisonTable(results, { ...options(), reference: 'b' });
    assert.deepEqual(data.objects()[0], {
      result: 'a',
      mean: 3,
      difference: 1,
      low: 1,
      high: 1,
      verdict: 'higher',
    });
    assert.equal(columns[1]?.title, 'Mean');
  });

  it('asks for two results, one of them the reference', () => {
    const one = { correct: [1, 0] };
    assert.throws(() => comparisonTable({ one }, options()), ArgumentError);
    assert.throws(() => comparisonTable({ one, two: one }, { ...options(), reference: 'three' }), {
      message:
        "comparisonTable: there must be at least two results, one of them the reference 'three', got one, two",
    });
  });
});
