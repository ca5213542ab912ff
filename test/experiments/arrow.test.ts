import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tableFromIPC } from '@uwdata/flechette';
import { arrowStream } from '../../src/experiments/arrow.js';
import type { Measured } from '../../src/experiments/records.js';

const small: Measured = {
  ...{ quantity: 'accuracy', value: 1, images: 20, model: null, seed: null, attribution: null },
  ...{ level: null, view: null, attack: 'clean', seconds: null, key: 'a' },
};
const large: Measured = {
  ...{ quantity: 'alignment', value: 0.25, images: 50_000, model: 'standard', seed: 2 ** 40 },
  ...{ attribution: 'saliency', level: 0.8, view: 'removed', attack: null, seconds: 1.5, key: 'b' },
};

describe('arrowStream', () => {
  it('has one schema whatever the numbers are and whatever is missing, and gives the rows back', async () => {
    const [first, second] = [
      tableFromIPC(await arrowStream([small])),
      tableFromIPC(await arrowStream([large])),
    ];
    assert.deepEqual(first.schema, second.schema);
    assert.deepEqual([...first.toArray(), ...second.toArray()], [small, large]);
  });
});
